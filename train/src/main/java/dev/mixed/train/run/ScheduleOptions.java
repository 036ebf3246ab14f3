// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

// @formatter:off: each option and the component under it read as a row of a table.
/** How long a run trains, and the learning rate over its steps. One row is one option, see {@link RunOptions}. */
public record ScheduleOptions(
        @Option(name = "epochs", also = "num_train_epochs", value = "5", min = 1, max = 100_000, help = "passes over the training texts")
        int epochs,
        @Option(name = "lr", also = "learning_rate", value = "5e-4", min = 0, aboveMin = true, max = 1,
                help = "highest learning rate of AdamW; 5e-4 is for tiny, without --lr larger presets take 3e-4 (mini), 2e-4 (small) or 1e-4, and --model 2e-5")
        double lr,
        @Option(name = "warmup", also = "warmup_ratio", value = "0.1", min = 0, max = 1, help = "share of all steps in which the learning rate rises")
        double warmup) {
    // @formatter:on
}
