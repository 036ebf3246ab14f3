// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LossScalingTest {
    private static final float[] BAD = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};

    @Test
    void gradientsAreMultipliedAndInfinitiesOrNaNsFoundAnywhere() {
        OnDevices.run((device, what) -> {
            Tensor factor = Tensor.of(device, Shape.of(1), 0.25f);
            Tensor found = Tensor.of(device, Shape.of(1), 7f);
            for (int n : new int[] {1, 17, 4095, 4096, 4097, 9001}) {
                float[] x = Numbers.normal(new Random(n), n, 1000, false);
                x[n / 2] = Float.MAX_VALUE;
                float[] quarter = new float[n];
                for (int i = 0; i < n; i++) {
                    quarter[i] = x[i] / 4;
                }
                Tensor first = Tensor.of(device, Shape.of(n), x);
                Tensor second = Tensor.of(device, Shape.of(1, n), x);
                LossScaling.unscale(List.of(first, second), factor, found);
                assertEquals(0f, found.item(), what);
                Numbers.assertSameBits(quarter, first.toFloats(), what);
                Numbers.assertSameBits(quarter, second.toFloats(), what);
                for (float bad : BAD) {
                    for (int at : new int[] {0, n / 2, n - 1}) {
                        float[] spoiled = x.clone();
                        spoiled[at] = bad;
                        LossScaling.unscale(List.of(Tensor.of(device, Shape.of(n), x), Tensor.of(device, Shape.of(n), spoiled)), factor, found);
                        assertEquals(1f, found.item(), what + ", " + bad + " at " + at + " of " + n);
                    }
                }
            }
        });
    }

    /** The norm of what unscaling would leave, against float64, and what it would find; gradients stay. */
    @Test
    void checkedGradientsStayAndTheirNormIsThatOfTheUnscaled() {
        OnDevices.run((device, what) -> {
            Tensor factor = Tensor.of(device, Shape.of(1), 0.3f);
            Tensor found = Tensor.of(device, Shape.of(1), 7f);
            for (int n : new int[] {1, 17, 4095, 4096, 4097, 9001}) {
                float[] x = Numbers.normal(new Random(n), n, 1000, false);
                double squares = 0;
                for (float v : x) {
                    squares += Math.pow(v * (double) 0.3f, 2) * 2;
                }
                Tensor first = Tensor.of(device, Shape.of(n), x);
                Tensor second = Tensor.of(device, Shape.of(1, n), x);
                Tensor norm = LossScaling.check(List.of(first, second), List.of(Float.MAX_VALUE, 65519.5f), factor, found);
                assertEquals(Math.sqrt(squares), norm.item(), 1e-6 * Math.sqrt(squares), what);
                assertEquals(0f, found.item(), what);
                Numbers.assertSameBits(x, first.toFloats(), what);
                for (float bad : new float[] {BAD[0], BAD[1], BAD[2], 65520f}) {
                    for (int at : new int[] {0, n / 2, n - 1}) {
                        float[] spoiled = x.clone();
                        spoiled[at] = bad;
                        LossScaling.check(List.of(Tensor.of(device, Shape.of(n), x), Tensor.of(device, Shape.of(n), spoiled)),
                                List.of(Float.MAX_VALUE, 65519.5f), factor, found);
                        assertEquals(1f, found.item(), what + ", " + bad + " at " + at + " of " + n);
                    }
                }
            }
        });
    }

    @Test
    void magnitudesBeyondALimitCount() {
        OnDevices.run((device, what) -> {
            Tensor factor = Tensor.of(device, Shape.of(1), 0.5f);
            Tensor found = Tensor.zeros(device, Shape.of(1), DType.F32);
            for (int n : new int[] {1, 17, 4097}) {
                for (float value : new float[] {65519f, -65519f, 65520f, -65520f, Float.NaN}) {
                    float[] x = new float[n];
                    x[n - 1] = value;
                    Tensor free = Tensor.of(device, Shape.of(2), 0f, 1e30f);
                    Tensor limited = Tensor.of(device, Shape.of(n), x);
                    LossScaling.unscale(List.of(free, limited), List.of(Float.MAX_VALUE, 65519.5f), factor, found);
                    assertEquals(Math.abs(value) <= 65519.5f ? 0f : 1f, found.item(), what + ", " + value + " at the end of " + n);
                    assertEquals(value / 2, limited.toFloats()[n - 1], what);
                }
            }
        });
    }

    /** Near float's limit the scaled gradient counts, not the unscaled one. */
    @Test
    void theScaledGradientIsTested() {
        OnDevices.run((device, what) -> {
            Tensor found = Tensor.zeros(device, Shape.of(1), DType.F32);
            Tensor gradient = Tensor.of(device, Shape.of(1), Float.MAX_VALUE);
            LossScaling.unscale(List.of(gradient), Tensor.of(device, Shape.of(1), 4f), found);
            assertEquals(0f, found.item(), what);
            assertEquals(Float.POSITIVE_INFINITY, gradient.item(), what);
        });
    }

    @Test
    void inverseIsFloat64DivisionRounded() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Random random = new Random(1);
            Tensor scale = Tensor.zeros(device, Shape.of(1), DType.F32);
            for (int i = 0; i < 100_000; i++) {
                float s = i == 0 ? 65536f : Float.intBitsToFloat(random.nextInt(1, 0x7f800000));
                assertEquals((float) (1.0 / s), 1f / s, "1 / " + s);
            }
            for (float s : new float[] {1f, 3f, 65536f, 1e-30f, Float.MAX_VALUE, 1.5e38f, Float.MIN_NORMAL}) {
                assertEquals((float) (1.0 / s), LossScaling.inverse(scale.write(s)).item(), "1 / " + s);
            }
        }
    }

    @Test
    void updateGrowsAtTheIntervalAndBacksOffAfterAnInfinity() {
        OnDevices.run((device, what) -> {
            Tensor scale = Tensor.of(device, Shape.of(1), 4f);
            Tensor tracker = Tensor.ofInts(device, Shape.of(1), 0);
            Tensor history = Tensor.zeros(device, Shape.of(4), DType.I32);
            Tensor good = Tensor.of(device, Shape.of(1), 0f);
            Tensor bad = Tensor.of(device, Shape.of(1), 1f);
            Tensor[] found = {good, good, good, bad, bad, good, bad};
            float[] scales = {4f, 8f, 8f, 2f, 0.5f, 0.5f, 0.125f};
            int[] trackers = {1, 0, 1, 0, 0, 1, 0};
            for (int i = 0; i < found.length; i++) {
                LossScaling.update(scale, tracker, found[i], history, 2f, 0.25f, 2);
                assertEquals(scales[i], scale.item(), what + ", update " + i);
                assertEquals(trackers[i], tracker.toInts()[0], what + ", update " + i);
            }
            assertArrayEquals(new int[] {7, 3, 7, 5}, history.toInts(), "updates, skips, and the last two skipped: 4, then 5 and 7");
        });
    }

    @Test
    void scaleStaysWhereGrowthWouldOverflow() {
        OnDevices.run((device, what) -> {
            Tensor scale = Tensor.of(device, Shape.of(1), 1e38f);
            Tensor tracker = Tensor.ofInts(device, Shape.of(1), 0);
            Tensor history = Tensor.zeros(device, Shape.of(3), DType.I32);
            LossScaling.update(scale, tracker, Tensor.of(device, Shape.of(1), 0f), history, 16f, 0.5f, 1);
            assertEquals(1e38f, scale.item(), what);
            assertEquals(0, tracker.toInts()[0], what);
        });
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor one = Tensor.zeros(device, Shape.of(1), DType.F32);
            Tensor half = Tensor.zeros(device, Shape.of(1), DType.F16);
            Tensor ints = Tensor.zeros(device, Shape.of(1), DType.I32);
            assertThrows(IllegalArgumentException.class, () -> LossScaling.unscale(List.of(half), one, one));
            assertThrows(IllegalArgumentException.class, () -> LossScaling.unscale(List.of(), one, one));
            assertThrows(IllegalArgumentException.class, () -> LossScaling.check(List.of(half), List.of(1f), one, one));
            assertThrows(IllegalArgumentException.class, () -> LossScaling.check(List.of(), List.of(), one, one));
            assertThrows(IllegalArgumentException.class, () -> LossScaling.update(one, one, one, ints, 2f, 0.5f, 1));
            assertThrows(IllegalArgumentException.class, () -> LossScaling.inverse(ints));
        }
    }
}
