// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CastTest {
    @Test
    void everyHalfGoesToFloatAndBack() {
        float[] all = new float[1 << 16];
        for (int bits = 0; bits < all.length; bits++) {
            all[bits] = Float.float16ToFloat((short) bits);
        }
        OnDevices.run((device, what) -> {
            Tensor halves = Tensor.of(device, Shape.of(256, 256), DType.F16, all);
            Tensor floats = Cast.to(halves, DType.F32);
            assertEquals(DType.F32, floats.dtype());
            assertArrayEquals(all, floats.toFloats(), what);
            assertArrayEquals(all, Cast.to(floats, DType.F16).toFloats(), what);
        });
    }

    @Test
    void floatsAreRoundedToNearestEven() {
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                float[] x = Numbers.normal(new Random(n), n, 100, false);
                float[] expected = new float[n];
                for (int i = 0; i < n; i++) {
                    expected[i] = OnDevices.rounded(x[i], true);
                }
                assertArrayEquals(expected, Cast.to(Tensor.of(device, Shape.of(n), x), DType.F16).toFloats(), what);
            }
            float[] edges = {65504f, 65519.99f, 65520f, -1e30f, Float.NaN, Float.NEGATIVE_INFINITY, 0x1p-24f, 0x1p-25f, 0x1.8p-25f, -0f};
            float[] rounded = {65504f, 65504f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.NEGATIVE_INFINITY, 0x1p-24f, 0f,
                0x1p-24f, -0f};
            assertArrayEquals(rounded, Cast.to(Tensor.of(device, Shape.of(10), edges), DType.F16).toFloats(), what);
        });
    }

    @Test
    void intsAndRefusals() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor ints = Tensor.ofInts(device, Shape.of(3), 1, -7, 1 << 20);
            assertArrayEquals(new float[] {1f, -7f, 1 << 20}, Cast.to(ints, DType.F32).toFloats());
            assertSame(ints, Cast.to(ints, DType.I32));
            assertThrows(IllegalArgumentException.class, () -> Cast.to(ints, DType.F16));
            assertThrows(IllegalArgumentException.class, () -> Cast.to(Tensor.of(device, Shape.of(1), 1f), DType.I32));
        }
    }
}
