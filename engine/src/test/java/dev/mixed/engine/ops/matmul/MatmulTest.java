// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static dev.mixed.engine.ops.Numbers.EPS;
import static dev.mixed.engine.ops.Numbers.EPS_HALF;
import static dev.mixed.engine.ops.Numbers.TINY_HALF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.VectorWidth;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

class MatmulTest {
    /** Types of operands and result. */
    enum Types {
        F32, F16, F16_TO_F32;

        boolean halfIn() {
            return this != F32;
        }

        boolean halfOut() {
            return this == F16;
        }
    }

    /** One product with float64 result and error bound, and the kernels to compute it with. */
    private static final class Product {
        final Types types;
        final int batch, m, n, k;
        final boolean transA, transB, sharedB, accumulate;
        final float[] a, b, c;
        final double[] expected, bound;

        Product(Types types, int batch, int m, int n, int k, boolean transA, boolean transB, boolean sharedB, boolean accumulate) {
            this.types = types;
            this.batch = batch;
            this.m = m;
            this.n = n;
            this.k = k;
            this.transA = transA;
            this.transB = transB;
            this.sharedB = sharedB;
            this.accumulate = accumulate;
            Random random = new Random(31L * m + 7L * n + k);
            a = Numbers.normal(random, batch * m * k, 1, types.halfIn());
            b = Numbers.normal(random, (sharedB ? 1 : batch) * n * k, 1, types.halfIn());
            c = Numbers.normal(random, batch * m * n, 1, types.halfOut());
            expected = new double[c.length];
            bound = new double[c.length];
            for (int e = 0; e < c.length; e++) {
                int z = e / (m * n), i = e / n % m, j = e % n;
                double sum = 0, size = 0;
                for (int p = 0; p < k; p++) {
                    double x = a[z * m * k + (transA ? p * m + i : i * k + p)];
                    double y = b[(sharedB ? 0 : z * n * k) + (transB ? j * k + p : p * n + j)];
                    sum += x * y;
                    size += Math.abs(x * y);
                }
                if (accumulate) {
                    sum += c[e];
                    size += Math.abs(c[e]);
                }
                expected[e] = sum;
                // k products and k sums, one rounding each: the classical bound for a dot product in any order.
                bound[e] = (k + 2) * EPS * size * 1.01 + (types.halfOut() ? EPS_HALF * Math.abs(sum) * 1.01 + TINY_HALF : 0);
            }
        }

        float[] run(boolean tuned, IntBinaryOperator slicing) {
            int ta = transA ? 1 : 0, tb = transB ? 1 : 0, acc = accumulate ? 1 : 0, sa = m * k, sb = sharedB ? 0 : n * k, sc = m * n;
            int range = batch * m;
            if (!types.halfIn()) {
                FloatArray x = Numbers.floats(a), y = Numbers.floats(b), out = Numbers.floats(c);
                Numbers.inSlices(range, slicing, tuned
                        ? (from, count) -> MatmulVector.matmul(x, y, out, m, n, k, ta, tb, sa, sb, sc, acc, from, count)
                        : (from, count) -> Matmul.matmul(x, y, out, m, n, k, ta, tb, sa, sb, sc, acc, from, count));
                return Numbers.values(out);
            }
            HalfFloatArray x = Numbers.halves(a), y = Numbers.halves(b);
            if (types.halfOut()) {
                HalfFloatArray out = Numbers.halves(c);
                Numbers.inSlices(range, slicing, tuned
                        ? (from, count) -> MatmulVector.matmulHalf(x, y, out, m, n, k, ta, tb, sa, sb, sc, acc, from, count)
                        : (from, count) -> MatmulHalf.matmul(x, y, out, m, n, k, ta, tb, sa, sb, sc, acc, from, count));
                return Numbers.values(out);
            }
            FloatArray out = Numbers.floats(c);
            Numbers.inSlices(range, slicing, tuned
                    ? (from, count) -> MatmulVector.matmulHalfToFloat(x, y, out, m, n, k, ta, tb, sa, sb, sc, acc, from, count)
                    : (from, count) -> Matmul.matmulHalfToFloat(x, y, out, m, n, k, ta, tb, sa, sb, sc, acc, from, count));
            return Numbers.values(out);
        }

        @Override
        public String toString() {
            return types + " [" + batch + ", " + m + ", " + k + "]" + (transA ? "^T" : "") + " x [" + (sharedB ? 1 : batch) + ", " + k + ", " + n + "]"
                    + (transB ? "^T" : "") + (accumulate ? " +=" : "");
        }

        void check() {
            for (boolean tuned : new boolean[] {false, true}) {
                String what = this + (tuned ? " tuned" : " reference");
                float[] whole = run(tuned, Numbers.SLICINGS.getFirst());
                Numbers.assertWithin(expected, bound, whole, what);
                for (IntBinaryOperator slicing : Numbers.SLICINGS) {
                    Numbers.assertSameBits(whole, run(tuned, slicing), what);
                }
            }
        }
    }

    private static void checkAllForms(int m, int n, int k) {
        for (Types types : Types.values()) {
            for (int form = 0; form < 8; form++) {
                new Product(types, 1, m, n, k, (form & 1) != 0, (form & 2) != 0, false, (form & 4) != 0).check();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 13, 7", "3, 7, 13", "7, 1, 127", "13, 33, 17", "17, 3, 33", "33, 127, 3", "207, 5, 31", "9, 65, 207", "8, 32, 64"})
    void awkwardSizes(int m, int n, int k) {
        checkAllForms(m, n, k);
    }

    @ParameterizedTest
    @CsvSource({"64, 128, 128", "48, 512, 128", "40, 128, 512", "16, 2, 128"})
    void bertSizes(int m, int n, int k) {
        checkAllForms(m, n, k);
    }

    /** Rows, columns and depths around those of a tile, for vectors of any length. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void edgesOfTiles(int bits) throws ReflectiveOperationException {
        VectorWidth.run(bits, MatmulTest.class, "checkEdges", bits / Float.SIZE);
    }

    static void checkEdges(int lanes) {
        assertEquals(lanes, FloatVector.SPECIES_PREFERRED.length());
        for (int m = 1; m <= 17; m++) {
            for (int n : new int[] {1, lanes, 2 * lanes - 1, 2 * lanes, 2 * lanes + 1, 4 * lanes + 3}) {
                for (int form = 0; form < 4; form++) {
                    int k = 1 + (m + n + form) % 5;
                    for (Types types : m % 3 == 0 ? Types.values() : new Types[] {Types.F32}) {
                        Product product = new Product(types, 1, m, n, k, (form & 1) != 0, (form & 2) != 0, false, k % 2 == 0);
                        float[] whole = product.run(true, Numbers.SLICINGS.getFirst());
                        Numbers.assertWithin(product.expected, product.bound, whole, product.toString());
                        Numbers.assertSameBits(whole, product.run(true, Numbers.SLICINGS.getLast()), product.toString());
                    }
                }
            }
        }
    }

    /** {@link MatmulVector#multiply}, whose left operand lies along its rows or along its depth. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void productsOfArrays(int bits) throws ReflectiveOperationException {
        VectorWidth.run(bits, MatmulTest.class, "checkArrays", bits / Float.SIZE);
    }

    static void checkArrays(int lanes) {
        for (int m = 1; m <= 17; m++) {
            int n = 1 + m * 5 % (3 * lanes);
            int k = 1 + m * 3 % 7;
            int stride = MatmulVector.paddedColumns(n);
            Random random = new Random(m);
            float[] b = Numbers.normal(random, n * k, 1, false);
            float[] panels = new float[MatmulVector.panelsSize(n, k)];
            for (int form = 0; form < 4; form++) {
                boolean transA = (form & 1) != 0;
                boolean transB = (form & 2) != 0;
                // Just as long as it must be: nothing behind the last element is read.
                float[] a = Numbers.normal(random, m * k, 1, false);
                float[] c = new float[MatmulVector.paddedRows(m) * stride];
                MatmulVector.packPanels(b, transB ? k : n, transB, n, k, panels);
                MatmulVector.multiply(a, transA ? 1 : k, transA ? m : 1, m, panels, n, k, c, stride);
                double[] expected = product(a, b, m, n, k, transA, transB);
                for (int e = 0; e < m * n; e++) {
                    assertEquals(expected[e], c[e / n * stride + e % n], 1e-5, "[" + m + ", " + k + "] x [" + k + ", " + n + "], form " + form);
                }
            }
        }
    }

    @Test
    void longDepthOfAWeightGradient() {
        for (Types types : Types.values()) {
            new Product(types, 1, 33, 40, 1024, true, false, false, true).check();
        }
    }

    @ParameterizedTest
    @EnumSource(Types.class)
    void batchesAreMultipliedOneByOne(Types types) {
        for (int form = 0; form < 4; form++) {
            new Product(types, 5, 7, 33, 13, (form & 1) != 0, (form & 2) != 0, false, false).check();
            new Product(types, 3, 17, 5, 9, (form & 1) != 0, (form & 2) != 0, false, true).check();
        }
    }

    @ParameterizedTest
    @EnumSource(Types.class)
    void strideZeroSharesTheRightOperand(Types types) {
        new Product(types, 4, 7, 33, 13, false, true, true, false).check();
    }

    @Test
    void aBlockOfRowsThatExceedsTheWorkSpace() {
        // 2^20 floats of rows are packed at a time: 300 rows of 4099 take two blocks.
        new Product(Types.F32, 1, 300, 3, 4099, false, true, false, false).check();
        new Product(Types.F32, 1, 300, 3, 4099, true, false, false, false).check();
    }

    @ParameterizedTest
    @EnumSource(Types.class)
    void nonFiniteValuesReachTheirRowsAndColumnsOnly(Types types) {
        Product product = new Product(types, 1, 19, 37, 11, false, false, false, false);
        product.a[4 * 11 + 3] = Float.NaN;
        product.a[7 * 11 + 5] = Float.POSITIVE_INFINITY;
        product.b[2 * 37 + 36] = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < 37; j++) {
            product.b[5 * 37 + j] = j == 0 ? 0f : j;
        }
        for (boolean tuned : new boolean[] {false, true}) {
            float[] c = product.run(tuned, Numbers.SLICINGS.getFirst());
            for (int e = 0; e < c.length; e++) {
                int i = e / 37, j = e % 37;
                String what = (tuned ? "tuned" : "reference") + " [" + i + ", " + j + "] = " + c[e];
                if (i == 4 || i == 7 && j == 0) {
                    assertTrue(Float.isNaN(c[e]), what);
                } else if (i == 7 && j < 36) {
                    assertEquals(Float.POSITIVE_INFINITY, c[e], what);
                } else if (j == 36) {
                    assertTrue(!Float.isFinite(c[e]), what);
                } else {
                    assertTrue(Float.isFinite(c[e]), what);
                }
            }
        }
    }

    @Test
    void halfResultsOverflowToInfinity() {
        for (boolean tuned : new boolean[] {false, true}) {
            Product product = new Product(Types.F16, 1, 1, 1, 2, false, false, false, false);
            product.a[0] = product.a[1] = 300;
            product.b[0] = product.b[1] = 200;
            assertEquals(Float.POSITIVE_INFINITY, product.run(tuned, Numbers.SLICINGS.getFirst())[0]);
        }
    }

    /** The whole product by float64, at rank 2. */
    private static double[] product(float[] a, float[] b, int m, int n, int k, boolean transA, boolean transB) {
        double[] c = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                for (int p = 0; p < k; p++) {
                    c[i * n + j] += (double) a[transA ? p * m + i : i * k + p] * b[transB ? j * k + p : p * n + j];
                }
            }
        }
        return c;
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void tensorsOnAllDevices(DType dtype) {
        Random random = new Random(5);
        boolean half = dtype == DType.F16;
        float[] x = Numbers.normal(random, 3 * 50 * 24, 1, half), w = Numbers.normal(random, 40 * 24, 1, half),
                dy = Numbers.normal(random, 3 * 50 * 40, 1, half);
        double tolerance = half ? 2e-3 : 1e-5;
        for (Device device : new Device[] {JvmDevice.open(2), JvmDevice.open(1), JvmDevice.reference()}) {
            Tensor xs = Tensor.of(device, Shape.of(3, 50, 24), dtype, x), ws = Tensor.of(device, Shape.of(40, 24), dtype, w);
            Tensor dys = Tensor.of(device, Shape.of(3, 50, 40), dtype, dy);
            Tensor y = Matmul.matmul(xs, ws, false, true);
            assertEquals(Shape.of(3, 50, 40), y.shape());
            assertEquals(dtype, y.dtype());
            Numbers.assertClose(product(x, w, 150, 40, 24, false, true), tolerance, 5, y.toFloats(), "y = x W^T");
            Numbers.assertClose(product(dy, w, 150, 24, 40, false, false), tolerance, 5, Matmul.matmul(dys, ws, false, false).toFloats(), "dx = dy W");
            Tensor gradient = Tensor.zeros(device, Shape.of(40, 24), DType.F32);
            double[] expected = product(dy, x, 40, 24, 150, true, false);
            Matmul.matmulInto(gradient, dys, xs, true, false, false);
            Numbers.assertClose(expected, 1e-5, 20, gradient.toFloats(), "dW = dy^T x");
            Matmul.matmulInto(gradient, dys, xs, true, false, true);
            Numbers.assertClose(Arrays.stream(expected).map(v -> 2 * v).toArray(), 1e-5, 20, gradient.toFloats(), "dW += dy^T x");
            Tensor transposed = Matmul.matmul(xs, Tensor.of(device, Shape.of(3, 50, 40), dtype, dy), true, false);
            assertEquals(Shape.of(3, 24, 40), transposed.shape());
            double[] last = product(Arrays.copyOfRange(x, 2400, 3600), Arrays.copyOfRange(dy, 4000, 6000), 24, 40, 50, true, false);
            Numbers.assertClose(last, tolerance, 10, Arrays.copyOfRange(transposed.toFloats(), 2 * 24 * 40, 3 * 24 * 40), "batched x^T dy");
            device.close();
        }
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        try (Device device = JvmDevice.open(1)) {
            Tensor a = Tensor.zeros(device, Shape.of(2, 3, 4), DType.F32), b = Tensor.zeros(device, Shape.of(5, 4), DType.F32);
            var depth = assertThrows(IllegalArgumentException.class, () -> Matmul.matmul(a, b, false, false));
            assertEquals("matmul can't multiply shapes [2, 3, 4] and [5, 4]", depth.getMessage());
            assertThrows(IllegalArgumentException.class, () -> Matmul.matmul(a, b, true, true));
            assertThrows(IllegalArgumentException.class, () -> Matmul.matmul(a, Tensor.zeros(device, Shape.of(3, 4, 5), DType.F32), false, false));
            assertThrows(IllegalArgumentException.class, () -> Matmul.matmul(a, Tensor.zeros(device, Shape.of(5, 4), DType.F16), false, true));
            assertThrows(IllegalArgumentException.class, () -> Matmul.matmul(a, Tensor.zeros(device, Shape.of(4), DType.F32), false, false));
            assertThrows(IllegalArgumentException.class,
                    () -> Matmul.matmulInto(Tensor.zeros(device, Shape.of(2, 3, 6), DType.F32), a, b, false, true, false));
            assertThrows(IllegalArgumentException.class,
                    () -> Matmul.matmulInto(Tensor.zeros(device, Shape.of(2, 3, 5), DType.F16), a, b, false, true, false));
        }
    }
}
