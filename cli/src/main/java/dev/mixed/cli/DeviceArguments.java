// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.train.run.RunOptions;
import picocli.CommandLine.Option;

/** The device to compute on, of commands that do not train a run: a picocli mix-in. */
public final class DeviceArguments {
    @Option(names = "--device", defaultValue = "auto", paramLabel = "<device>", description = "where to compute: auto, jvm or gpu (default: ${DEFAULT-VALUE})")
    private RunOptions.Device device;

    @Option(names = "--no-self-check",
            description = "leave out the comparison of GPU kernels with their references, one family of them with each new program")
    private boolean noSelfCheck;

    @Option(names = "--tf32",
            description = "a GPU's matrix products of floats round their operands to tf32, as PyTorch's allow_tf32: much faster, 3 digits")
    private boolean tf32;

    /** Makes it a GPU; refused where another device was given. */
    void requireGpu(String why) {
        if (device == RunOptions.Device.JVM) {
            throw new UsageException(why + " contradicts --device jvm: leave one of them out.");
        }
        device = RunOptions.Device.GPU;
    }

    /** Whether it may be a GPU. */
    boolean mayBeGpu() {
        return device != RunOptions.Device.JVM;
    }

    /**
     * Opens the device; a {@link dev.mixed.engine.DeviceException} where there is none.
     *
     * @param fp32 whether anything is computed in FP32, to which {@code --tf32} applies
     */
    public Device open(boolean fp32) {
        if (tf32 && !fp32) {
            throw new UsageException(Devices.TF32_WITH_AMP);
        }
        return Devices.open(device, !noSelfCheck, tf32);
    }
}
