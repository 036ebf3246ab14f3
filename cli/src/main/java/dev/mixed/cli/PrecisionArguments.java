// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.amp.Precision;
import picocli.CommandLine.Option;

/** {@code --amp} or {@code --fp32}, which exclude each other, where nothing is trained. */
final class PrecisionArguments {
    /** What is said to those who give both. */
    static final String EXCLUSIVE = "--amp and --fp32 exclude each other: give only one of them.";

    @Option(names = "--amp", description = "mixed precision: half weights and activations")
    private boolean amp;

    @Option(names = "--fp32", description = "float throughout (default)")
    @SuppressWarnings("UnusedVariable") // picocli sets it, and refuses --amp beside it.
    private boolean fp32;

    Precision precision() {
        return amp ? Precision.AMP : Precision.FP32;
    }
}
