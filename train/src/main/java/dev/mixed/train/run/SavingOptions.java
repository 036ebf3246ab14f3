// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

// @formatter:off: each option and the component under it read as a row of a table.
/** When a run writes something down. One row is one option, see {@link RunOptions}. */
public record SavingOptions(
        @Option(name = "log-every", also = "logging_steps", value = "50", min = 1, max = Integer.MAX_VALUE, help = "steps between two rows of metrics.csv")
        int logEvery,
        @Option(name = "save-every", also = "save_steps", value = "0", min = 0, max = Integer.MAX_VALUE,
                help = "steps between two checkpoints within an epoch; 0: at its end only")
        int saveEvery) {
    // @formatter:on
}
