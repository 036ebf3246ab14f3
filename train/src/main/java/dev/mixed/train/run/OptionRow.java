// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An option as its row describes it: reads what was typed, and knows what may be.
 *
 * @param component of a group of options
 */
record OptionRow(RecordComponent component, Option option) {
    private static final String AUTO = "auto";

    /** Types of miXed's own: what they may be, in words, and how they are read. */
    private record OwnType(String range, Function<String, @Nullable Object> parser) {
    }

    private static final Map<Class<?>, OwnType> OWN = Map.of(Delimiter.class, new OwnType(Delimiter.RANGE, Delimiter::parse),
            ClassWeights.class, new OwnType(ClassWeights.RANGE, ClassWeights::parse), Freeze.class, new OwnType(Freeze.RANGE, Freeze::parse),
            Seeds.class, new OwnType(Seeds.RANGE, Seeds::parse));

    static OptionRow of(RecordComponent component) {
        return new OptionRow(component, component.getAnnotation(Option.class));
    }

    String name() {
        return option.name();
    }

    Class<?> type() {
        return component.getType();
    }

    RunOptions.Key key() {
        return new RunOptions.Key(option.name(), List.of(option.also()), type(), option.value(), range(), option.help());
    }

    /** The option's value in its group. */
    @Nullable
    Object valueIn(Object group) {
        try {
            return component.getAccessor().invoke(group);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Null for an option without one. */
    @Nullable
    Object defaultValue() {
        return option.value().isEmpty() ? null : parse(option.value());
    }

    /** {@code raw} as the option's type and within its range; {@code where} opens the sentence that says otherwise. */
    @Nullable
    Object convert(@Nullable Object raw, String where) {
        if (raw == null && option.value().isEmpty()) {
            return null;
        }
        Object value = raw == null ? null : parse(raw);
        if (value == null || !inRange(value)) {
            throw new UsageException(where + " must be " + range() + ", not " + (raw == null ? "left empty" : "'" + raw + "'") + ".");
        }
        return value;
    }

    /** Null when {@code raw} is no value of the option's type. */
    private @Nullable Object parse(Object raw) {
        Class<?> type = type();
        String text = raw.toString().strip();
        try {
            if (option.orAuto() && (text.equals(AUTO) || raw.equals(BatchOptions.AUTO))) {
                return BatchOptions.AUTO;
            } else if (type == int.class || type == Integer.class) {
                return new BigDecimal(text).intValueExact();
            } else if (type == long.class) {
                return new BigDecimal(text).longValueExact();
            } else if (type == double.class || type == Double.class) {
                return new BigDecimal(text).doubleValue();
            } else if (type == boolean.class) {
                return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
            } else if (type.isEnum()) {
                return Arrays.stream(type.getEnumConstants()).filter(c -> RunOptions.label(c).equals(text.toLowerCase(Locale.ROOT))).findFirst().orElse(null);
            } else if (OWN.containsKey(type)) {
                return OWN.get(type).parser.apply(raw.toString());
            } else if (text.isEmpty()) {
                return null;
            }
            return type == Path.class ? Path.of(text) : text;
        } catch (ArithmeticException | NumberFormatException | InvalidPathException e) {
            return null;
        }
    }

    private boolean inRange(Object value) {
        if (!(value instanceof Number number) || option.orAuto() && value.equals(BatchOptions.AUTO)) {
            return true;
        }
        double v = number.doubleValue();
        return (option.aboveMin() ? v > option.min() : v >= option.min()) && (option.belowMax() ? v < option.max() : v <= option.max());
    }

    private String range() {
        Class<?> type = type();
        if (type == boolean.class) {
            return "true or false";
        } else if (type.isEnum()) {
            return RunOptions.choices(type);
        } else if (type == Path.class) {
            return "a file or folder";
        } else if (OWN.containsKey(type)) {
            return OWN.get(type).range;
        } else if (type == String.class) {
            return "a name";
        }
        String max = type == long.class ? String.valueOf((long) option.max()) : bound(option.max());
        return (type == double.class || type == Double.class ? "a number " : "a whole number ") + (option.aboveMin() ? "above " : "from ") + bound(option.min())
                + (option.belowMax() ? " to below " : option.aboveMin() ? " and at most " : " to ") + max + (option.orAuto() ? ", or " + AUTO : "");
    }

    private static String bound(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}
