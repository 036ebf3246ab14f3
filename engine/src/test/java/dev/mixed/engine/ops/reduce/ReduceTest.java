// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReduceTest {
    /** Sum, sum of absolute values and maximum of a run of elements. */
    private record Totals(double sum, double size, float max) {
        static Totals of(float[] x, int from, int length) {
            double sum = 0, size = 0;
            float max = Float.NEGATIVE_INFINITY;
            for (int i = from; i < from + length; i++) {
                sum += x[i];
                size += Math.abs(x[i]);
                max = Math.max(max, x[i]);
            }
            return new Totals(sum, size, max);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 17, 207, 1023, 1024, 1025, 4098, 70_001})
    void wholeTensorsAgainstFloat64(int n) {
        for (DType dtype : new DType[] {DType.F32, DType.F16}) {
            float[] x = Numbers.normal(new Random(n), n, 1, dtype == DType.F16);
            Totals totals = Totals.of(x, 0, n);
            float[] sums = new float[3];
            int devices = 0;
            for (Device device : new Device[] {JvmDevice.open(1), JvmDevice.open(3), JvmDevice.reference()}) {
                Tensor xs = Tensor.of(device, Shape.of(n), dtype, x);
                Tensor sum = Reduce.sum(xs);
                assertEquals(DType.F32, sum.dtype());
                assertEquals(Shape.of(), sum.shape());
                // Chunks of 1024 and then their sums: no term goes through more roundings than that.
                double bound = (1024 + n / 1024 + 2) * Numbers.EPS * totals.size;
                assertEquals(totals.sum, sum.item(), bound);
                assertEquals(totals.sum / n, Reduce.mean(xs).item(), bound / n + 2 * Numbers.EPS * Math.abs(totals.sum / n));
                assertEquals(totals.max, Reduce.max(xs).item());
                sums[devices++] = sum.item();
                device.close();
            }
            Numbers.assertSameBits(new float[] {sums[0], sums[0], sums[0]}, sums, "sum");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 7", "13, 1", "17, 33", "207, 5", "64, 128", "2, 3000"})
    void lastDimensionAgainstFloat64(int rows, int n) {
        for (DType dtype : new DType[] {DType.F32, DType.F16}) {
            float[] x = Numbers.normal(new Random(n), rows * n, 1, dtype == DType.F16);
            for (Device device : new Device[] {JvmDevice.open(2), JvmDevice.reference()}) {
                Tensor xs = Tensor.of(device, Shape.of(1, rows, n), dtype, x);
                Tensor sums = Reduce.sumLast(xs);
                assertEquals(Shape.of(1, rows), sums.shape());
                float[] s = sums.toFloats(), m = Reduce.meanLast(xs).toFloats(), max = Reduce.maxLast(xs).toFloats();
                for (int r = 0; r < rows; r++) {
                    Totals totals = Totals.of(x, r * n, n);
                    double bound = n * Numbers.EPS * totals.size;
                    assertEquals(totals.sum, s[r], bound);
                    assertEquals(totals.sum / n, m[r], bound / n + 2 * Numbers.EPS * Math.abs(totals.sum / n));
                    assertEquals(totals.max, max[r]);
                }
                device.close();
            }
        }
    }

    @Test
    void aNaNAnywhereMakesTheMaximumNaN() {
        try (Device device = JvmDevice.open(2)) {
            for (int at : new int[] {0, 1, 1500, 2999}) {
                float[] x = Numbers.normal(new Random(1), 3000, 1, false);
                x[at] = Float.NaN;
                assertTrue(Float.isNaN(Reduce.max(Tensor.of(device, Shape.of(3000), x)).item()));
                float[] rows = Reduce.maxLast(Tensor.of(device, Shape.of(2, 1500), x)).toFloats();
                assertEquals(at < 1500, Float.isNaN(rows[0]));
                assertEquals(at >= 1500, Float.isNaN(rows[1]));
                assertTrue(Float.isNaN(Reduce.sum(Tensor.of(device, Shape.of(3000), x)).item()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16"})
    void gradientsOfSumsAreSpreadOut(DType dtype) {
        try (Device device = JvmDevice.open(2)) {
            Tensor like = Tensor.zeros(device, Shape.of(2, 3, 5), dtype);
            Tensor all = Reduce.expandScalar(Tensor.of(device, Shape.of(), 3f), like, 0.5f);
            assertEquals(dtype, all.dtype());
            assertEquals(like.shape(), all.shape());
            for (float v : all.toFloats()) {
                assertEquals(1.5f, v);
            }
            float[] rows = Reduce.expandLast(Tensor.of(device, Shape.of(2, 3), 1, 2, 3, 4, 5, 6), like, 0.25f).toFloats();
            for (int i = 0; i < rows.length; i++) {
                assertEquals(0.25f * (i / 5 + 1), rows[i]);
            }
            assertArrayEquals(new float[] {2, 2, 2},
                    Reduce.expandLast(Tensor.of(device, Shape.of(), 2f), Tensor.zeros(device, Shape.of(3), dtype), 1f).toFloats());
        }
    }

    @Test
    void theGradientOfAMaximumGoesToTheFirstOfEqualElements() {
        try (Device device = JvmDevice.open(2)) {
            Tensor dy = Tensor.of(device, Shape.of(), 7f);
            for (int first : new int[] {0, 5, 1023, 1024, 2500, 2999}) {
                for (DType dtype : new DType[] {DType.F32, DType.F16}) {
                    float[] x = new float[3000], expected = new float[3000];
                    x[first] = x[2999] = 4;
                    x[Math.min(2999, first + 3)] = 4;
                    expected[first] = 7;
                    Tensor xs = Tensor.of(device, Shape.of(30, 100), dtype, x);
                    Tensor dx = Reduce.maxBackward(xs, Reduce.max(xs), dy);
                    assertEquals(dtype, dx.dtype());
                    assertArrayEquals(expected, dx.toFloats());
                }
            }
            Tensor rows = Tensor.of(device, Shape.of(3, 4), 1, 5, 5, 2, -1, -2, -3, -1, 0, Float.NaN, 3, Float.NaN);
            Tensor dyRows = Tensor.of(device, Shape.of(3), 10, 20, 30);
            assertArrayEquals(new float[] {0, 10, 0, 0, 20, 0, 0, 0, 0, 30, 0, 0}, Reduce.maxLastBackward(rows, Reduce.maxLast(rows), dyRows).toFloats());
            Tensor nan = Tensor.of(device, Shape.of(3), 1, Float.NaN, 2);
            assertArrayEquals(new float[] {0, 7, 0}, Reduce.maxBackward(nan, Reduce.max(nan), dy).toFloats());
        }
    }

    @Test
    void wrongShapesAndTypesAreRefused() {
        try (Device device = JvmDevice.open(1)) {
            Tensor scalar = Tensor.of(device, Shape.of(), 1f), rows = Tensor.zeros(device, Shape.of(2, 3), DType.F32);
            assertThrows(IllegalArgumentException.class, () -> Reduce.sumLast(scalar));
            assertThrows(IllegalArgumentException.class, () -> Reduce.sum(Tensor.ofInts(device, Shape.of(1), 1)));
            assertThrows(IllegalArgumentException.class, () -> Reduce.expandLast(scalar, rows, 1f));
            assertThrows(IllegalArgumentException.class, () -> Reduce.expandScalar(rows, rows, 1f));
            assertThrows(IllegalArgumentException.class, () -> Reduce.maxLastBackward(rows, scalar, scalar));
        }
    }
}
