// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** When a run writes something down. One row is one option, see {@link RunOptions}. */
public record SavingOptions(
        @Option(name = "log-every", also = "logging_steps", value = "50", min = 1, max = Integer.MAX_VALUE, help = "steps between two rows of metrics.csv")
        int logEvery,
        @Option(name = "save-every", also = "save_steps", value = "0", min = 0, max = Integer.MAX_VALUE,
                help = "steps between two checkpoints, beside those of each scoring; 0: those alone")
        int saveEvery,
        @Option(name = "save-total-limit", min = 1, max = 100_000,
                help = "checkpoints to keep, the best aside: above 1, as many of the latest in folders checkpoint-STEP; without it, the last one alone")
        @Nullable Integer totalLimit) {
    // @formatter:on

    /** How many checkpoints are kept. */
    public int kept() {
        return totalLimit == null ? 1 : totalLimit;
    }
}
