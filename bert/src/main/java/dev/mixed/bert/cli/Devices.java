package dev.mixed.bert.cli;

import dev.mixed.bert.UserException;
import dev.mixed.bert.config.RunOptions;
import dev.mixed.engine.Device;
import dev.mixed.engine.JvmDevice;

/** Opens the device that an option names. */
public final class Devices {
    private Devices() {
    }

    /** The device of {@code --device}; a {@link UserException} where there is none. */
    public static Device open(RunOptions.Device choice) {
        return switch (choice) {
            case AUTO, JVM -> JvmDevice.open();
            case GPU -> throw new UserException("--device gpu: this version of miXed has no GPU device; use --device jvm.");
        };
    }
}
