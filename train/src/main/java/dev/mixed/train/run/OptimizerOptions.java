// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import org.jspecify.annotations.Nullable;

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
        double epsilon,
        @Option(name = "freeze",
                help = "what keeps its weights: embeddings, or so many of the first layers and the embeddings too; no gradient is computed for it or for what is"
                        + " below, and AdamW keeps no means")
        @Nullable Freeze freeze,
        @Option(name = "layer-wise-lr-decay", value = "1", min = 0, aboveMin = true, max = 1,
                help = "the head learns at --lr, and each layer below at so much of the rate of the one above it, the embeddings as the lowest")
        double layerDecay) {
    // @formatter:on
}
