// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.amp.Precision;
import dev.mixed.io.UsageException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All options of one training run, in groups by purpose; one row of a group is one option of the command line and one key of a configuration file.
 * A value outside its range cannot be constructed: a {@link UsageException} names the option, the value and the range.
 *
 * <p>In code, start from the defaults and change options under the names that they have on the command line:
 * <pre>{@code
 * RunOptions.defaults().with("epochs", 3).with("lr", 1e-3).with("pad", RunOptions.Pad.MAX)
 * RunOptions.defaults().with(Map.of("epochs", 3, "lr", 1e-3))
 * }</pre>
 */
public record RunOptions(DataOptions data, TaskOptions task, ModelOptions model, FolderOptions folder, ComputeOptions compute, BatchOptions batches,
        ScheduleOptions schedule, OptimizerOptions optimizer, LossOptions loss, ScoringOptions scoring, SavingOptions saving, LogOptions logs,
        RepeatOptions repeats, RankOptions ranks) {

    /** Where tensors are computed. */
    public enum Device {
        AUTO, JVM, GPU
    }

    /** What lies between the encoder and the logits. */
    public enum Head {
        AUTO, CLS, POOLER
    }

    /** How mixed precision stores the residual stream. */
    public enum Residual {
        HALF, FLOAT;

        /** Mixed precision with a residual stream of this type. */
        public Precision precision() {
            return this == HALF ? Precision.AMP : Precision.AMP_FLOAT_RESIDUAL;
        }
    }

    /** How texts of different length form a batch. */
    public enum Pad {
        AUTO, BUCKET, COARSE, MAX, PACKED
    }

    /**
     * What a command line needs to know to offer an option.
     *
     * @param name as typed, without dashes in front
     * @param aliases other names, in configuration files and typed
     * @param type the record component's type, for example {@code int.class}
     * @param defaultText the default as typed, or empty when there is none
     * @param range what values are allowed, in words, for example "a whole number from 1 to 65536"
     */
    public record Key(String name, List<String> aliases, Class<?> type, String defaultText, String range, String help) {
    }

    private static final int MOST_STEP_BATCHES = 65_536;
    private static final OptionRows ROWS = OptionRows.of(RunOptions.class);
    private static final RunOptions DEFAULTS = ROWS.construct(RunOptions.class, Map.of());

    public RunOptions {
        OptionRows.check(data, task, model, folder, compute, batches, schedule, optimizer, loss, scoring, saving, logs, repeats, ranks);
        if (ranks.gradientPrecision() == RankOptions.GradientPrecision.HALF && !compute.amp()) {
            throw new UsageException("--gradient-precision half needs --amp, which scales gradients so that they fit into halves: give both, or neither.");
        }
        if ((long) batches.accumulate() * ranks.count() > MOST_STEP_BATCHES) {
            throw new UsageException("--accumulate " + batches.accumulate() + " on " + ranks.count() + " ranks is more than " + MOST_STEP_BATCHES
                    + " batches a step; give less.");
        }
    }

    /** Batches of a step, over all the ranks that the run was started on: it keeps them when it is resumed on another number. */
    public int stepBatches() {
        return batches.accumulate() * ranks.count();
    }

    public static RunOptions defaults() {
        return DEFAULTS;
    }

    /** All options in the order in which help lists them. */
    public static List<Key> keys() {
        return ROWS.keys();
    }

    /** These options with one changed; {@code name} as on the command line, {@code value} of the option's type or as typed. */
    public RunOptions with(String name, @Nullable Object value) {
        return with(Collections.singletonMap(name, value));
    }

    /** These options with those of {@code given} (names as on the command line) in place of their own. */
    public RunOptions with(Map<String, ? extends @Nullable Object> given) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(values());
        given.forEach((name, value) -> merged.put(name, convert(name, value, "--" + name)));
        return ROWS.construct(RunOptions.class, merged);
    }

    /** Every option that has a value, by its name on the command line. */
    public Map<String, Object> values() {
        return ROWS.values(this);
    }

    /** {@code raw} as the option's type and within its range; {@code where} opens the sentence that says otherwise. */
    static @Nullable Object convert(String name, @Nullable Object raw, String where) {
        return ROWS.row(name).convert(raw, where);
    }

    /** The values of an enum, as options take them. */
    public static String choices(Class<?> type) {
        return "one of " + Arrays.stream(type.getEnumConstants()).map(RunOptions::label).collect(Collectors.joining(", "));
    }

    /** An enum's constant as typed, for example {@code auto}. */
    public static String label(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
    }
}
