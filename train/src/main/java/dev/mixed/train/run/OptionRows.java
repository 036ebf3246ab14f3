// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of a record of groups: each component of it is a record with an {@link Option} a component. */
final class OptionRows {
    private final RecordComponent[] groups;
    private final Map<String, OptionRow> byName = new LinkedHashMap<>();

    private OptionRows(RecordComponent[] groups) {
        this.groups = groups;
        for (RecordComponent group : groups) {
            rows(group.getType()).forEach(row -> byName.put(row.name(), row));
        }
    }

    static OptionRows of(Class<? extends Record> options) {
        return new OptionRows(options.getRecordComponents());
    }

    List<RunOptions.Key> keys() {
        return byName.values().stream().map(OptionRow::key).toList();
    }

    OptionRow row(String name) {
        OptionRow row = byName.get(name);
        if (row == null) {
            throw new IllegalArgumentException("there is no option '" + name + "'");
        }
        return row;
    }

    /** Every option that has a value, by name. */
    Map<String, Object> values(Record options) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (RecordComponent group : groups) {
            try {
                Object of = group.getAccessor().invoke(options);
                rows(group.getType()).forEach(row -> {
                    Object value = row.valueIn(of);
                    if (value != null) {
                        values.put(row.name(), value);
                    }
                });
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return values;
    }

    /** Options of these values, by name, and the defaults of all others. */
    <T extends Record> T construct(Class<T> options, Map<String, ? extends @Nullable Object> values) {
        @Nullable Object[] made = Arrays.stream(groups).map(group -> made(group.getType(), rows(group.getType()).stream()
                .map(row -> values.containsKey(row.name()) ? values.get(row.name()) : row.defaultValue()).toArray())).toArray();
        return options.cast(made(options, made));
    }

    private static Object made(Class<?> record, @Nullable Object[] arguments) {
        Class<?>[] types = Arrays.stream(record.getRecordComponents()).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return record.getDeclaredConstructor(types).newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw (RuntimeException) e.getCause();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Checks each value of these groups against its row. */
    static void check(Record... groups) {
        for (Record group : groups) {
            rows(group.getClass()).forEach(row -> row.convert(row.valueIn(group), "--" + row.name()));
        }
    }

    private static List<OptionRow> rows(Class<?> group) {
        return Arrays.stream(group.getRecordComponents()).map(OptionRow::of).toList();
    }
}
