// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** How often a run is repeated, and with what. One row is one option, see {@link RunOptions}. */
public record RepeatOptions(
        @Option(name = "seeds", help = "a run with each of these seeds, such as 1,2,3, in folders seed-N of the output folder; at the end, mean and deviation"
                + " of the test scores")
        @Nullable Seeds seeds,
        @Option(name = "folds", min = 3, max = 1000, help = "cross-validation: the texts are divided into so many parts, alike in classes, and for each there is a"
                + " run in a folder fold-N that is tested on it, chosen on the next part and learns the others; at the end, mean and deviation")
        @Nullable Integer folds,
        @Option(name = "fold", min = 1, max = 1000, help = "this run of --folds alone, from 1")
        @Nullable Integer fold) {
    // @formatter:on

    public RepeatOptions {
        if (fold != null && (folds == null || fold > folds)) {
            throw new UsageException(folds == null ? "--fold is one of --folds: give both."
                    : "--fold must be a whole number from 1 to --folds " + folds + ", not '" + fold + "'.");
        }
    }

    /** Whether these are several runs. */
    public boolean several() {
        return seeds != null || folds != null && fold == null;
    }

    /** The runs, each by the name of its folder, with the options that make it one; in the order in which they are done. */
    public Map<String, Map<String, Object>> runs() {
        Map<String, Map<String, Object>> runs = new LinkedHashMap<>();
        List<Long> each = new ArrayList<>(seeds == null ? List.of() : seeds.all());
        if (each.isEmpty()) {
            return folds("", Map.of());
        }
        for (long seed : each) {
            Map<String, Object> options = Map.of("seed", seed);
            runs.putAll(folds == null || fold != null ? Map.of("seed-" + seed, options) : folds("seed-" + seed + "-", options));
        }
        return runs;
    }

    private Map<String, Map<String, Object>> folds(String prefix, Map<String, Object> options) {
        Map<String, Map<String, Object>> runs = new LinkedHashMap<>();
        for (int i = 1; folds != null && i <= folds; i++) {
            Map<String, Object> one = new LinkedHashMap<>(options);
            one.put("fold", i);
            runs.put(prefix + "fold-" + i, one);
        }
        return runs;
    }
}
