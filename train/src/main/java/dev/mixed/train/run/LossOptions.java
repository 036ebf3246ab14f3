// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** What the loss of training counts, and how much. One row is one option, see {@link RunOptions}. */
public record LossOptions(
        @Option(name = "label-smoothing", also = "label_smoothing_factor", value = "0", min = 0, max = 1, belowMax = true,
                help = "part of each label that all classes share, as PyTorch's label_smoothing")
        double smoothing,
        @Option(name = "class-weights",
                help = "what a text or word of each class counts, as PyTorch's weight: balanced, by how rare the class is among the training texts; or"
                        + " numbers with commas between them, in the classes' order or as name=number, where others count 1")
        @Nullable ClassWeights classWeights) {
    // @formatter:on
}
