// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.GradScaler;
import dev.mixed.engine.DType;
import dev.mixed.engine.jvm.JvmDevice;
import org.junit.jupiter.api.Test;

class PrecisionDemoTest {
    @Test
    void measuresBothFormats() {
        for (JvmDevice device : new JvmDevice[] {JvmDevice.open(2), JvmDevice.reference()}) {
            try (device) {
                assertEquals(new NumberFormat(DType.F32, Float.BYTES, Float.MAX_VALUE, Float.MIN_NORMAL, Float.MIN_VALUE, Math.ulp(1f)),
                        NumberFormat.measure(device, DType.F32));
                NumberFormat half = NumberFormat.measure(device, DType.F16);
                assertEquals(new NumberFormat(DType.F16, 2, 65504, 0x1p-14, 0x1p-24, 0x1p-10), half);
                assertEquals(3, half.digits());
            }
        }
    }

    @Test
    void showsWhatHalfLoses() {
        try (JvmDevice device = JvmDevice.open(2)) {
            PrecisionDemo demo = new PrecisionDemo(device);
            assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, 65536f}, demo.sums());
            assertArrayEquals(new float[] {1f, 1.0001f}, demo.onePlusSmall());
            assertEquals(1e-6f, demo.gradient(false, GradScaler.disabled(device)), 1e-11);
            assertEquals(0f, demo.gradient(true, GradScaler.disabled(device)));
            assertEquals(1e-6f, demo.gradient(true, new GradScaler(device)), 1e-8);
            String text = demo.text();
            for (String part : new String[] {"65504", "5.960e-08", "3.403e+38", "half:   inf", "65536", "1 + 0.0001 in half:   1", "1.0001", "1.000e-06"}) {
                assertTrue(text.contains(part), part + " is not in " + text);
            }
        }
    }
}
