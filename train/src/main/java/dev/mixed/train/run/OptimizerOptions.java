// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

// @formatter:off: each option and the component under it read as a row of a table.
/** What is done to gradients and weights in each step. One row is one option, see {@link RunOptions}. */
public record OptimizerOptions(
        @Option(name = "weight-decay", value = "0.01", min = 0, max = 1, help = "decoupled weight decay, none on biases and norms")
        double weightDecay,
        @Option(name = "clip", also = "max_grad_norm", value = "1", min = 0, max = 1e9, help = "largest global norm of the gradient; 0: no clipping")
        double clip,
        @Option(name = "adam-beta1", value = "0.9", min = 0, max = 0.999999, help = "share of AdamW's mean of gradients that is kept in a step")
        double beta1,
        @Option(name = "adam-beta2", value = "0.999", min = 0, max = 0.999999, help = "share of AdamW's mean of squared gradients that is kept in a step")
        double beta2,
        @Option(name = "adam-epsilon", value = "1e-8", min = 1e-12, max = 1, help = "what AdamW adds to the root by which it divides")
        double epsilon) {
    // @formatter:on
}
