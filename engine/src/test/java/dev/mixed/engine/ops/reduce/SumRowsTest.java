// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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

class SumRowsTest {
    private static final int[][] SHAPES = {{1, 1}, {3, 1}, {1, 7}, {5, 13}, {65, 17}, {130, 33}, {2, 207}, {70, 128}, {200, 129}, {4098, 1}, {9, 4098}};

    @ParameterizedTest
    @CsvSource({"F32,F32", "F32,F16", "F16,F16"})
    void sumsOverRows(DType dstType, DType dyType) {
        OnDevices.run((device, what) -> {
            for (int[] s : SHAPES) {
                float[] dy = Numbers.normal(new Random(s[0]), s[0] * s[1], 1, dyType == DType.F16);
                float[] before = Numbers.normal(new Random(s[1]), s[1], 1, dstType == DType.F16);
                double[] expected = new double[s[1]];
                double[] bound = new double[s[1]];
                double[] added = new double[s[1]];
                for (int i = 0; i < dy.length; i++) {
                    expected[i % s[1]] += dy[i];
                    bound[i % s[1]] += Math.abs(dy[i]);
                }
                for (int j = 0; j < s[1]; j++) {
                    added[j] = expected[j] + before[j];
                    // Blocks of 64, then the blocks: that many roundings at most.
                    bound[j] = (64 + s[0] / 64 + 2) * Numbers.EPS * (bound[j] + Math.abs(before[j]))
                            + (dstType == DType.F16 ? Numbers.EPS_HALF * Math.max(Math.abs(expected[j]), Math.abs(added[j])) * 1.01 + Numbers.TINY_HALF : 0);
                }
                Tensor dys = Tensor.of(device, Shape.of(s), dyType, dy);
                Tensor fresh = Tensor.empty(device, Shape.of(s[1]), dstType);
                SumRows.into(fresh, dys, false);
                Numbers.assertWithin(expected, bound, fresh.toFloats(), what + ", " + dys.shape());
                Tensor dst = Tensor.of(device, Shape.of(s[1]), dstType, before);
                SumRows.into(dst, dys, true);
                Numbers.assertWithin(added, bound, dst.toFloats(), what + ", accumulated, " + dys.shape());
                SumRows.into(dst, dys, false);
                Numbers.assertWithin(expected, bound, dst.toFloats(), what + ", overwritten, " + dys.shape());
            }
        });
    }

    @Test
    void aSuffixMayHaveSeveralDimsOrNone() {
        OnDevices.run((device, what) -> {
            Tensor x = Tensor.of(device, Shape.of(2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
            Tensor sum = Tensor.empty(device, Shape.of(2, 3), DType.F32);
            SumRows.into(sum, x, false);
            assertArrayEquals(new float[] {8, 10, 12, 14, 16, 18}, sum.toFloats(), what);
            Tensor scalar = Tensor.empty(device, Shape.of(), DType.F32);
            SumRows.into(scalar, x, false);
            assertArrayEquals(new float[] {78}, scalar.toFloats(), what);
        });
    }

    @Test
    void slicingAndTuningChangeNoBit() {
        for (int[] s : SHAPES) {
            int rows = s[0];
            int n = s[1];
            FloatArray x = Numbers.floats(Numbers.normal(new Random(rows), rows * n, 1, false));
            FloatArray sums = new FloatArray(n);
            SumRows.sumRows(x, sums, rows, n, 0, 0, n);
            float[] sum = Numbers.values(sums);
            for (var slicing : Numbers.SLICINGS) {
                Numbers.inSlices(n, slicing, (from, count) -> SumRowsVector.sumRows(x, sums, rows, n, 0, from, count));
                Numbers.assertSameBits(sum, Numbers.values(sums), "sumRows");
                Numbers.inSlices(n, slicing, (from, count) -> SumRows.sumRows(x, sums, rows, n, 0, from, count));
                Numbers.assertSameBits(sum, Numbers.values(sums), "reference sumRows");
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(4, 3), DType.F32);
            Tensor wrong = Tensor.zeros(device, Shape.of(4), DType.F32);
            assertThrows(IllegalArgumentException.class, () -> SumRows.into(wrong, x, false));
        }
    }
}
