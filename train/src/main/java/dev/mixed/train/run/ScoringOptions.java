// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** When a run is scored on the validation texts, and what follows from that. One row is one option, see {@link RunOptions}. */
public record ScoringOptions(
        @Option(name = "eval-steps", value = "0", min = 0, max = Integer.MAX_VALUE,
                help = "steps between two scorings on the validation texts, each with a checkpoint; the last step is scored too; 0: at the end of each epoch")
        int evalSteps,
        @Option(name = "metric", also = "metric_for_best_model",
                help = "score by which the best model is chosen: any that eval gives, such as accuracy, macro_f1, mcc, roc_auc, mse or f1, or loss, each the"
                        + " way in which it is better; without it, the first of the task")
        @Nullable String metric,
        @Option(name = "early-stopping", also = "early_stopping_patience", value = "0", min = 0, max = 1_000_000,
                help = "end training after so many scorings in a row without a better score; 0: never")
        int patience,
        @Option(name = "early-stopping-threshold", value = "0", min = 0, max = 1e9, help = "by how much a score has to be better to count for --early-stopping")
        double threshold) {
    // @formatter:on

    public ScoringOptions {
        if (threshold > 0 && patience == 0) {
            throw new UsageException("--early-stopping-threshold " + threshold + " is for --early-stopping; give that too, or leave it out.");
        }
    }
}
