// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

// @formatter:off: each option and the component under it read as a row of a table.
/** Over how many processes a run computes. One row is one option, see {@link RunOptions}. */
public record RankOptions(
        @Option(name = "ranks", also = "nproc_per_node", value = "1", min = 1, max = 4096,
                help = "processes that train together, each on batches of its own: started on this machine, with a GPU each where there are GPUs")
        int count,
        @Option(name = "gradient-precision", value = "float",
                help = "how gradients travel between ranks: float, or half, which needs --amp and halves the bytes")
        GradientPrecision gradientPrecision) {
    // @formatter:on

    /** The type in which gradients travel. */
    public enum GradientPrecision {
        FLOAT, HALF
    }
}
