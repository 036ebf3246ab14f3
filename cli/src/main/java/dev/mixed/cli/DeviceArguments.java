// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.engine.Device;
import dev.mixed.train.run.RunOptions;
import picocli.CommandLine.Option;

/** The device to compute on, of commands that do not train a run: a picocli mix-in. */
public final class DeviceArguments {
    @Option(names = "--device", defaultValue = "auto", paramLabel = "<device>", description = "where to compute: auto, jvm or gpu (default: ${DEFAULT-VALUE})")
    private RunOptions.Device device;

    @Option(names = "--no-self-check",
            description = "leave out the comparison of GPU kernels with their references, one family of them with each new program")
    private boolean noSelfCheck;

    /** Opens the device; a {@link dev.mixed.engine.DeviceException} where there is none. */
    public Device open() {
        return Devices.open(device, !noSelfCheck);
    }
}
