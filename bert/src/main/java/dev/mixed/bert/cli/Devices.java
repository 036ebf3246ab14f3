package dev.mixed.bert.cli;

import dev.mixed.bert.config.RunOptions;
import dev.mixed.engine.Device;
import dev.mixed.engine.JvmDevice;
import dev.mixed.engine.tornado.TornadoDevice;
import dev.mixed.engine.tornado.TornadoPlatform;

/** Opens the device that an option names. */
public final class Devices {
    private Devices() {
    }

    /** The device of {@code --device}; a {@link UserException} where there is none. */
    public static Device open(RunOptions.Device choice) {
        return switch (choice) {
            case JVM -> JvmDevice.open();
            case GPU -> TornadoDevice.open();
            case AUTO -> TornadoPlatform.present() ? TornadoDevice.open() : JvmDevice.open();
        };
    }
}
