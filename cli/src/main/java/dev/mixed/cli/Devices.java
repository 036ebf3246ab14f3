// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.TornadoDevice;
import dev.mixed.engine.tornado.TornadoPlatform;
import dev.mixed.opcases.RotatingSelfCheck;
import dev.mixed.train.run.RunOptions;
import java.util.function.Supplier;

/** Opens the device that an option names. */
final class Devices {
    private static final String DOCTOR = " ('./mixed doctor' says what is missing).";

    private Devices() {
    }

    /**
     * The device of {@code --device}; a {@link DeviceException} where there is none.
     *
     * @param selfCheck of a GPU: compares one family of ops with its reference after the first run of each program
     */
    static Device open(RunOptions.Device choice, boolean selfCheck) {
        return open(choice, TornadoPlatform.sdkMissing(), () -> selfCheck ? TornadoDevice.open(new RotatingSelfCheck()) : TornadoDevice.open());
    }

    static Device open(RunOptions.Device choice, boolean sdkMissing, Supplier<Device> gpu) {
        return switch (choice) {
            case JVM -> JvmDevice.open();
            case GPU -> {
                try {
                    yield gpu.get();
                } catch (DeviceException e) {
                    throw new DeviceException("--device gpu: " + e.getMessage() + "; or use --device jvm" + DOCTOR, e);
                }
            }
            // Who did not ask for a GPU may have none: the reason is enough, without what to install.
            case AUTO -> sdkMissing ? jvm(TornadoPlatform.NO_SDK) : gpuOrJvm(gpu);
        };
    }

    private static Device gpuOrJvm(Supplier<Device> gpu) {
        try {
            return gpu.get();
        } catch (DeviceException e) {
            return jvm(e.getMessage());
        }
    }

    private static Device jvm(String whyNoGpu) {
        System.err.println("mixed: no GPU is used: " + whyNoGpu + " ('./mixed doctor' says more).");
        return JvmDevice.open();
    }
}
