// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class DropoutTest {
    private static final int[] STATE = {0x12345678, 0x9ABCDEF0, 77, 3};

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void keepsWhatPhiloxSaysAndScalesIt(DType dtype) {
        boolean half = dtype == DType.F16;
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                float[] x = Numbers.normal(new Random(n), n, 1, half);
                float[] expected = new float[n];
                for (int i = 0; i < n; i++) {
                    boolean keep = Philox.keep(STATE[0], STATE[1], STATE[2], STATE[3], i, Philox.keepThreshold(0.3f));
                    expected[i] = OnDevices.rounded(x[i] * (keep ? 1f / (1f - 0.3f) : 0f), half);
                }
                Tensor y = Dropout.apply(Tensor.of(device, Shape.of(n), dtype, x), 0.3f, Tensor.ofInts(device, Shape.of(4), STATE));
                assertArrayEquals(expected, y.toFloats(), what + ", size " + n);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(floats = {0.1f, 0.5f, 0.9f})
    void keepRateAndMean(float p) {
        int n = 400_000;
        try (JvmDevice device = JvmDevice.open()) {
            Tensor ones = Elementwise.fill(device, Shape.of(400, 1000), DType.F32, 1f);
            RandomState random = new RandomState(device, 42);
            double before = 0;
            float[] previous = null;
            for (int draw = 0; draw < 5; draw++) {
                float[] y = Dropout.apply(ones, p, random.next()).toFloats();
                int kept = 0;
                int common = 0;
                for (int i = 0; i < n; i++) {
                    assertTrue(y[i] == 0f || y[i] == 1f / (1f - p));
                    kept += y[i] != 0 ? 1 : 0;
                    common += previous != null && y[i] != 0 && previous[i] != 0 ? 1 : 0;
                }
                double q = 1 - p;
                // Five standard deviations of a binomial distribution.
                assertEquals(q * n, kept, 5 * Math.sqrt(n * p * q));
                if (previous != null) {
                    assertEquals(q * q * n, common, 5 * Math.sqrt(n * q * q * (1 - q * q)), "masks of two draws are independent");
                }
                previous = y;
                before += kept;
            }
            assertEquals((1 - p) * 5.0 * n, before, 5 * Math.sqrt(5.0 * n * p * (1 - p)));
        }
    }

    @Test
    void backwardUsesTheForwardMaskAlsoInReplays() {
        try (JvmDevice device = JvmDevice.open(2)) {
            int n = 5003;
            Tensor x = Elementwise.fill(device, Shape.of(n), DType.F32, 2f);
            Tensor dy = Elementwise.fill(device, Shape.of(n), DType.F32, 3f);
            device.synchronize();
            RandomState random = new RandomState(device, 1);
            Program step = Program.record(device, () -> {
                Tensor first = random.next();
                Tensor y = Dropout.apply(x, 0.5f, first);
                Tensor second = random.next();
                Tensor z = Dropout.apply(y, 0.5f, second);
                return List.of(y, Dropout.apply(dy, 0.5f, first), z);
            });
            float[] last = null;
            for (int run = 0; run < 3; run++) {
                step.run();
                float[] y = step.output(0).toFloats();
                float[] dx = step.output(1).toFloats();
                for (int i = 0; i < n; i++) {
                    assertEquals(y[i] * 1.5f, dx[i]);
                }
                assertTrue(!Arrays.equals(y, step.output(2).toFloats()), "two dropouts of one step differ");
                assertTrue(last == null || !Arrays.equals(last, y), "each run draws a new mask");
                last = y;
            }
            random.restore(1, 4);
            step.run();
            assertArrayEquals(last, step.output(0).toFloats(), "a restored state repeats the run");
        }
    }

    @Test
    void noneAndAll() {
        OnDevices.run((device, what) -> {
            float[] x = Numbers.normal(new Random(1), 37, 1, false);
            Tensor xs = Tensor.of(device, Shape.of(37), x);
            Tensor state = Tensor.ofInts(device, Shape.of(4), STATE);
            assertArrayEquals(x, Dropout.apply(xs, 0f, state).toFloats(), what);
            for (float v : Dropout.apply(xs, 1f, state).toFloats()) {
                assertEquals(0f, Math.abs(v), what);
            }
        });
    }

    /** Slices may start within a Philox block. */
    @Test
    void slicingChangesNoBit() {
        IntArray state = IntArray.fromElements(STATE);
        for (int n : OnDevices.SIZES) {
            FloatArray x = Numbers.floats(Numbers.normal(new Random(n), n, 1, false));
            HalfFloatArray h = Numbers.halves(Numbers.normal(new Random(n), n, 1, true));
            FloatArray y = new FloatArray(n);
            HalfFloatArray hy = new HalfFloatArray(n);
            int threshold = Philox.keepThreshold(0.4f);
            Dropout.dropout(x, state, y, threshold, 1.5f, 0, n);
            DropoutHalf.dropout(h, state, hy, threshold, 1.5f, 0, n);
            float[] whole = Numbers.values(y);
            float[] wholeHalf = Numbers.values(hy);
            for (var slicing : Numbers.SLICINGS) {
                Numbers.inSlices(n, slicing, (from, count) -> DropoutVector.dropout(x, state, y, threshold, 1.5f, from, count));
                Numbers.assertSameBits(whole, Numbers.values(y), "dropout of " + n);
                Numbers.inSlices(n, slicing, (from, count) -> DropoutVector.dropoutHalf(h, state, hy, threshold, 1.5f, from, count));
                Numbers.assertSameBits(wholeHalf, Numbers.values(hy), "half dropout of " + n);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void lowered(DType dtype) {
        for (int n : Lowered.SIZES) {
            Lowered.checkBits(List.of("gpu.dropout" + Lowered.suffix(dtype)), d -> Lowered.normal(d, dtype, 1, n),
                    d -> Tensor.ofInts(d, Shape.of(4), 11, -12, 13, 14), (x, snapshot) -> Dropout.apply(x, 0.3f, snapshot));
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(4), DType.F32);
            Tensor state = Tensor.zeros(device, Shape.of(4), DType.I32);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> Dropout.apply(x, -0.1f, state)).getMessage().contains("-0.1"));
            assertThrows(IllegalArgumentException.class, () -> Dropout.apply(x, 0.1f, x));
            assertThrows(IllegalArgumentException.class, () -> Dropout.apply(x, 0.1f, Tensor.zeros(device, Shape.of(3), DType.I32)));
            assertThrows(IllegalArgumentException.class, () -> Dropout.apply(state, 0.1f, state));
        }
    }
}
