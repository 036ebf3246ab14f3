// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.amp.Precision;
import dev.mixed.io.UsageException;

// @formatter:off: each option and the component under it read as a row of a table.
/** Where, in which types and from which seed a run computes. One row is one option, see {@link RunOptions}. */
public record ComputeOptions(
        @Option(name = "device", value = "auto", help = "where to compute: auto, jvm or gpu")
        RunOptions.Device device,
        @Option(name = "no-self-check", value = "false",
                help = "leave out the comparison of GPU kernels with their references, one family of them with each new program")
        boolean noSelfCheck,
        @Option(name = "amp", also = "fp16", value = "false", help = "mixed precision: activations and the weights' working copies in half, with a scaled loss")
        boolean amp,
        @Option(name = "residual", value = "half", help = "half: --amp keeps the residual stream in half, for less memory; float: as PyTorch's autocast")
        RunOptions.Residual residual,
        @Option(name = "tf32", value = "false",
                help = "a GPU's matrix products of floats round their operands to tf32, as PyTorch's allow_tf32: much faster, 3 digits")
        boolean tf32,
        @Option(name = "gradient-checkpointing", value = "false",
                help = "keep of each layer only its input for the backward pass, which computes the rest again: less memory, a third more time, the same numbers")
        boolean gradientCheckpointing,
        @Option(name = "seed", value = "42", min = 0, max = Long.MAX_VALUE, help = "seed of weights, order and dropout: the same seed gives the same run")
        long seed) {
    // @formatter:on

    public ComputeOptions {
        if (tf32 && amp) {
            throw new UsageException("--tf32 is for FP32 and has no effect with --amp, whose products are of halves: leave one of them out.");
        }
    }

    /** In which types the model computes. */
    public Precision precision() {
        return amp ? residual.precision() : Precision.FP32;
    }
}
