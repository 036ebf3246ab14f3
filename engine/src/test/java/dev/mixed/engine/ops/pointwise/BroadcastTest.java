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
import dev.mixed.engine.ops.reduce.ColumnsVector;
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
                Broadcast.sumToInto(fresh, dys, false);
                Numbers.assertWithin(expected, bound, fresh.toFloats(), what + ", " + dys.shape());
                Tensor dst = Tensor.of(device, Shape.of(s[1]), dstType, before);
                Broadcast.sumToInto(dst, dys, true);
                Numbers.assertWithin(added, bound, dst.toFloats(), what + ", accumulated, " + dys.shape());
                Broadcast.sumToInto(dst, dys, false);
                Numbers.assertWithin(expected, bound, dst.toFloats(), what + ", overwritten, " + dys.shape());
            }
        });
    }

    @Test
    void aSuffixMayHaveSeveralDimsOrNone() {
        OnDevices.run((device, what) -> {
            Tensor x = Tensor.of(device, Shape.of(2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
            Tensor table = Tensor.of(device, Shape.of(2, 3), 10, 20, 30, 40, 50, 60);
            assertArrayEquals(new float[] {11, 22, 33, 44, 55, 66, 17, 28, 39, 50, 61, 72}, Broadcast.add(x, table).toFloats(), what);
            Tensor sum = Tensor.empty(device, Shape.of(2, 3), DType.F32);
            Broadcast.sumToInto(sum, x, false);
            assertArrayEquals(new float[] {8, 10, 12, 14, 16, 18}, sum.toFloats(), what);
            Tensor scalar = Tensor.empty(device, Shape.of(), DType.F32);
            Broadcast.sumToInto(scalar, x, false);
            assertArrayEquals(new float[] {78}, scalar.toFloats(), what);
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
            FloatArray sums = new FloatArray(n);
            Broadcast.addRows(x, b, y, n, 0, rows * n);
            float[] added = Numbers.values(y);
            Broadcast.mulRows(x, b, y, n, 0, rows * n);
            float[] product = Numbers.values(y);
            Broadcast.sumRows(x, sums, rows, n, 0, 0, n);
            float[] sum = Numbers.values(sums);
            for (var slicing : Numbers.SLICINGS) {
                Numbers.inSlices(rows * n, slicing, (from, count) -> BroadcastVector.addRows(x, b, y, n, from, count));
                Numbers.assertSameBits(added, Numbers.values(y), "addRows");
                Numbers.inSlices(rows * n, slicing, (from, count) -> BroadcastVector.mulRows(x, b, y, n, from, count));
                Numbers.assertSameBits(product, Numbers.values(y), "mulRows");
                Numbers.inSlices(n, slicing, (from, count) -> ColumnsVector.sumRows(x, sums, rows, n, 0, from, count));
                Numbers.assertSameBits(sum, Numbers.values(sums), "sumRows");
                Numbers.inSlices(n, slicing, (from, count) -> Broadcast.sumRows(x, sums, rows, n, 0, from, count));
                Numbers.assertSameBits(sum, Numbers.values(sums), "reference sumRows");
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
            assertThrows(IllegalArgumentException.class, () -> Broadcast.sumToInto(wrong, x, false));
            assertThrows(IllegalArgumentException.class, () -> Broadcast.add(x, Tensor.zeros(device, Shape.of(3), DType.I32)));
        }
    }
}
