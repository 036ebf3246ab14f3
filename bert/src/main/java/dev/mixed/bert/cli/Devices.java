package dev.mixed.bert.cli;

import dev.mixed.bert.config.RunOptions;
import dev.mixed.engine.Device;
import dev.mixed.engine.JvmDevice;
import dev.mixed.engine.tornado.TornadoDevice;
import dev.mixed.engine.tornado.TornadoPlatform;

/** Opens the device that an option names. */
final class Devices {
    private Devices() {
    }

    static Device open(RunOptions.Device choice) {
        return switch (choice) {
            case JVM -> JvmDevice.open();
            case GPU -> TornadoDevice.open();
            case AUTO -> TornadoPlatform.present() ? TornadoDevice.open() : JvmDevice.open();
        };
    }
}
