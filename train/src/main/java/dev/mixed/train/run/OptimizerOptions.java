// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

// @formatter:off: each option and the component under it read as a row of a table.
/** What is done to gradients and weights in each step. One row is one option, see {@link RunOptions}. */
public record OptimizerOptions(
        @Option(name = "weight-decay", value = "0.01", min = 0, max = 1, help = "decoupled weight decay, none on biases and norms")
        double weightDecay,
        @Option(name = "clip", also = "max_grad_norm", value = "1", min = 0, max = 1e9, help = "largest global norm of the gradient; 0: no clipping")
        double clip) {
    // @formatter:on
}
