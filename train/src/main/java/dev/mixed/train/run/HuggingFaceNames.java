// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import dev.mixed.weights.hub.DatasetHub;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names of Hugging Face's training scripts, in configuration files and on the command line. Those that are options of miXed's under another name stand
 * with these ({@link RunOptions.Key#aliases}); of the others, some values mean what an option of miXed's means, and all else is answered with what there is.
 */
public final class HuggingFaceNames {
    private static final String EVAL_STEPS = "eval-steps";
    private static final String SAVE_EVERY = "save-every";
    private static final String LOG_EVERY = "log-every";
    /** transformers' own, where neither is given. */
    private static final String STEPS = "500";
    private static final Set<String> LESS_IS_BETTER = Set.of("loss", "mse", "mae", "perplexity");

    private static final Map<String, HuggingFaceName> ROWS = new LinkedHashMap<>();

    static {
        all().forEach(row -> ROWS.put(plain(row.name()), row));
    }

    private HuggingFaceNames() {
    }

    /**
     * A name with its value, as given.
     *
     * @param where opens a sentence about it
     */
    record Given(HuggingFaceName name, String where, String value) {
    }

    /** All that are no options of miXed's under another name. */
    public static List<HuggingFaceName> all() {
        return Stream.of(HuggingFaceTrainer.CURRENT, HuggingFaceTrainer.EARLIER, HuggingFaceScripts.CLASSIFICATION).flatMap(List::stream).toList();
    }

    /** The name as written with dashes or capitals, or null. */
    static @Nullable HuggingFaceName find(String name) {
        return ROWS.get(plain(name));
    }

    /** Spellings that count as one: weight-decay, weight_decay, weightDecay. */
    static String plain(String key) {
        return key.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
    }

    /**
     * The value of one of miXed's own options, given under a name of Hugging Face's.
     *
     * @param alias as written
     * @param key   the option
     */
    static String value(String alias, RunOptions.Key key, String value) {
        if (key.type() == boolean.class) {
            return bool(value);
        }
        return plain(alias).equals("metricforbestmodel") ? value.replaceFirst("^eval_", "") : value;
    }

    private static String bool(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "y", "t", "1" -> "true";
            case "false", "no", "n", "f", "0" -> "false";
            default -> value;
        };
    }

    /**
     * What names mean as options; these take the place of what {@code own} says.
     *
     * @param given all of one file, or of one command line
     * @param own   the options that stand beside them
     * @throws UsageException one sentence for each that means none, with what there is in its place
     */
    static Map<String, String> options(List<Given> given, Map<String, ? extends @Nullable Object> own) {
        Map<String, Given> byName = new LinkedHashMap<>();
        given.forEach(one -> byName.put(one.name.name(), one));
        Map<String, String> options = new LinkedHashMap<>();
        List<String> answers = new ArrayList<>();
        for (Given one : given) {
            Map<String, String> means = means(one, byName, own);
            if (means == null) {
                answers.add(one.where + (one.value.isEmpty() ? "" : " " + one.value) + " is not for miXed: " + one.name.says() + ".");
            } else {
                options.putAll(means);
            }
        }
        if (!answers.isEmpty()) {
            throw new UsageException(String.join(" ", answers));
        }
        return options;
    }

    /** Null if it is to be answered. */
    private static @Nullable Map<String, String> means(Given one, Map<String, Given> others, Map<String, ? extends @Nullable Object> own) {
        String value = one.value.strip();
        return switch (one.name.name()) {
            case "eval_strategy", "evaluation_strategy" -> strategy(value, EVAL_STEPS, own, text(own, LOG_EVERY));
            case "save_strategy" -> strategy(value, SAVE_EVERY, own, null);
            case "per_device_eval_batch_size", "per_gpu_eval_batch_size" -> value.equals(Objects.requireNonNullElse(text(own, "batch"),
                    String.valueOf(RunOptions.defaults().batches().size()))) ? Map.of() : null;
            case "per_gpu_train_batch_size" -> Map.of("batch", value);
            case "greater_is_better" -> {
                String metric = text(own, "metric");
                yield metric != null && bool(value).equals(String.valueOf(!LESS_IS_BETTER.contains(metric))) ? Map.of() : null;
            }
            case "dataset_name" -> {
                Given configuration = others.get("dataset_config_name");
                yield Map.of("data", DatasetHub.PREFIX + value + (configuration == null ? "" : ":" + configuration.value));
            }
            case "dataset_config_name" -> others.containsKey("dataset_name") ? Map.of() : null;
            case "text_column_names" -> value.contains(",") || value.isEmpty() ? null : Map.of("text-column", value);
            case "report_to" -> reports(one, value);
            default -> one.name.values().getOrDefault(value.toLowerCase(Locale.ROOT), one.name.values().get(bool(value)));
        };
    }

    private static @Nullable Map<String, String> reports(Given one, String value) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String report : value.split("[,\\s]+")) {
            Map<String, String> means = one.name.values().get(report.toLowerCase(Locale.ROOT));
            if (means == null) {
                return null;
            }
            all.putAll(means);
        }
        return all;
    }

    /**
     * When something is done: at the end of epochs, whatever the option of steps says, or after so many steps as it says.
     *
     * @param other steps where the option does not say; null for transformers' own number
     */
    private static @Nullable Map<String, String> strategy(String value, String option, Map<String, ? extends @Nullable Object> own, @Nullable String other) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "epoch" -> Map.of(option, "0");
            case "steps" -> Map.of(option, Objects.requireNonNullElse(text(own, option), Objects.requireNonNullElse(other, STEPS)));
            default -> null;
        };
    }

    private static @Nullable String text(Map<String, ? extends @Nullable Object> own, String option) {
        Object value = own.get(option);
        return value == null ? null : value.toString();
    }
}
