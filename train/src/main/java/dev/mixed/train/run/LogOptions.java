// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

// @formatter:off: each option and the component under it read as a row of a table.
/** Where a run is told of beside its own files. One row is one option, see {@link RunOptions}. */
public record LogOptions(
        @Option(name = "tensorboard", value = "false", help = "write event files for TensorBoard to the folder tensorboard in the output folder")
        boolean tensorboard,
        @Option(name = "tensorboard-gradients", value = "false", help = "--tensorboard, with a histogram of each gradient of the steps that are logged")
        boolean tensorboardGradients) {
    // @formatter:on
}
