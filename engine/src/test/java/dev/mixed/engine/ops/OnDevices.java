// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;
import java.util.function.BiConsumer;

/** Runs a test's body on every way that the JVM has of running kernels. */
public final class OnDevices {
    /** Sizes below, at and beyond vector and slice lengths, and none of a kind. */
    public static final List<Integer> SIZES = List.of(1, 3, 7, 13, 16, 17, 33, 127, 207, 4098);

    private OnDevices() {
    }

    /** The body gets a device and its description: reference kernels, vector forms, and those in slices. */
    public static void run(BiConsumer<Device, String> body) {
        try (JvmDevice device = JvmDevice.reference()) {
            body.accept(device, "reference");
        }
        try (JvmDevice device = JvmDevice.open(1)) {
            body.accept(device, "vector forms");
        }
        try (JvmDevice device = JvmDevice.open(3)) {
            body.accept(device, "vector forms, 3 threads");
        }
    }

    /** The value as F16 storage holds it, if half. */
    public static float rounded(float value, boolean half) {
        return half ? Float.float16ToFloat(Float.floatToFloat16(value)) : value;
    }
}
