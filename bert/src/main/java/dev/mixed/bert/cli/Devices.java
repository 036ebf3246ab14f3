package dev.mixed.bert.cli;

import dev.mixed.bert.config.RunOptions;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.JvmDevice;
import dev.mixed.engine.tornado.TornadoDevice;
import dev.mixed.engine.tornado.TornadoPlatform;
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
        // Without TornadoVM, and with no SDK that failed, there is nothing that a user would miss.
        boolean gpuExpected = TornadoPlatform.present() || TornadoPlatform.problem().isPresent();
        return open(choice, gpuExpected, () -> TornadoDevice.open(selfCheck));
    }

    static Device open(RunOptions.Device choice, boolean gpuExpected, Supplier<Device> gpu) {
        return switch (choice) {
            case JVM -> JvmDevice.open();
            case GPU -> {
                try {
                    yield gpu.get();
                } catch (DeviceException e) {
                    throw new DeviceException("--device gpu: " + e.getMessage() + "; or use --device jvm" + DOCTOR, e);
                }
            }
            case AUTO -> gpuExpected ? gpuOrJvm(gpu) : JvmDevice.open();
        };
    }

    private static Device gpuOrJvm(Supplier<Device> gpu) {
        try {
            return gpu.get();
        } catch (DeviceException e) {
            System.err.println("mixed: no GPU, so this runs on the JVM: " + e.getMessage() + DOCTOR);
            return JvmDevice.open();
        }
    }
}
