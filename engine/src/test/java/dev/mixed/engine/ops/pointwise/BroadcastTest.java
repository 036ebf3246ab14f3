// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.OnDevices.rounded;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

class BroadcastTest {
    private static final int[][] SHAPES = {{1, 1}, {3, 1}, {1, 7}, {5, 13}, {65, 17}, {130, 33}, {2, 207}, {70, 128}, {200, 129}, {4098, 1}, {9, 4098}};

    @ParameterizedTest
    @CsvSource({"F32,F32", "F16,F16", "F16,F32", "F32,F16"})
    void addAndMul(DType xType, DType bType) {
        OnDevices.run((device, what) -> {
            for (int[] s : SHAPES) {
                float[] x = Numbers.normal(new Random(s[0]), s[0] * s[1], 2, xType == DType.F16);
                float[] b = Numbers.normal(new Random(s[1]), s[1], 2, bType == DType.F16);
                float[] sum = new float[x.length];
                float[] product = new float[x.length];
                for (int i = 0; i < x.length; i++) {
                    sum[i] = rounded(x[i] + b[i % s[1]], xType == DType.F16);
                    product[i] = rounded(x[i] * b[i % s[1]], xType == DType.F16);
                }
                Tensor xs = Tensor.of(device, Shape.of(s), xType, x);
                Tensor bs = Tensor.of(device, Shape.of(s[1]), bType, b);
                String name = what + ", " + xs.shape();
                assertArrayEquals(sum, Broadcast.add(xs, bs).toFloats(), name);
                assertArrayEquals(product, Broadcast.mul(xs, bs).toFloats(), name);
                Broadcast.addInto(xs, bs);
                assertArrayEquals(sum, xs.toFloats(), name);
            }
        });
    }

    @Test
    void aSuffixMayHaveSeveralDimsOrNone() {
        OnDevices.run((device, what) -> {
            Tensor x = Tensor.of(device, Shape.of(2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
            Tensor table = Tensor.of(device, Shape.of(2, 3), 10, 20, 30, 40, 50, 60);
            assertArrayEquals(new float[] {11, 22, 33, 44, 55, 66, 17, 28, 39, 50, 61, 72}, Broadcast.add(x, table).toFloats(), what);
            assertArrayEquals(new float[] {2, 4, 6}, Broadcast.mul(Tensor.of(device, Shape.of(3), 1, 2, 3), Tensor.of(device, Shape.of(), 2)).toFloats(), what);
        });
    }

    @Test
    void slicingAndTuningChangeNoBit() {
        for (int[] s : SHAPES) {
            int rows = s[0];
            int n = s[1];
            FloatArray x = Numbers.floats(Numbers.normal(new Random(rows), rows * n, 1, false));
            FloatArray b = Numbers.floats(Numbers.normal(new Random(n), n, 1, false));
            FloatArray y = new FloatArray(rows * n);
            Broadcast.addRows(x, b, y, n, 0, rows * n);
            float[] added = Numbers.values(y);
            Broadcast.mulRows(x, b, y, n, 0, rows * n);
            float[] product = Numbers.values(y);
            for (var slicing : Numbers.SLICINGS) {
                Numbers.inSlices(rows * n, slicing, (from, count) -> BroadcastVector.addRows(x, b, y, n, from, count));
                Numbers.assertSameBits(added, Numbers.values(y), "addRows");
                Numbers.inSlices(rows * n, slicing, (from, count) -> BroadcastVector.mulRows(x, b, y, n, from, count));
                Numbers.assertSameBits(product, Numbers.values(y), "mulRows");
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(4, 3), DType.F32);
            Tensor wrong = Tensor.zeros(device, Shape.of(4), DType.F32);
            String message = assertThrows(IllegalArgumentException.class, () -> Broadcast.add(x, wrong)).getMessage();
            assertTrue(message.contains("broadcast add") && message.contains("[4, 3]") && message.contains("[4]"), message);
            assertThrows(IllegalArgumentException.class, () -> Broadcast.mul(wrong, x));
            assertThrows(IllegalArgumentException.class, () -> Broadcast.addInto(x, wrong));
            assertThrows(IllegalArgumentException.class, () -> Broadcast.add(x, Tensor.zeros(device, Shape.of(3), DType.I32)));
        }
    }
}
