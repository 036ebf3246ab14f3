// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.matmul.Product.Operand;
import dev.mixed.engine.ops.matmul.Product.Result;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** {@link Product} against float64 sums: each layout, with batches in two levels, strides, and sizes at and beside those of tiles. */
class ProductTest {
    private static final Kernel HERE = Kernel.of("product here", ProductTest::nothing).named(Arguments.class);

    @ParameterizedTest(name = "{0}: {1} x {2} of {3}x{4}x{5}, a transposed {6}, b transposed {7}")
    @CsvSource({
        "F16, 1, 1, 64, 64, 32, false, false",
        "F16, 1, 1, 64, 64, 32, false, true",
        "F16, 1, 1, 64, 64, 32, true, false",
        "F16, 1, 1, 64, 64, 32, true, true",
        "F16, 1, 1, 128, 128, 64, false, false",
        "F16, 1, 1, 128, 128, 64, false, true",
        "F16, 1, 1, 128, 128, 64, true, false",
        "F16, 1, 1, 128, 128, 64, true, true",
        "F16, 2, 3, 20, 36, 64, false, true",
        "F16, 2, 3, 36, 64, 20, false, false",
        "F16, 2, 3, 36, 64, 20, true, false",
        "F16, 1, 2, 208, 204, 100, false, true",
        "F16, 1, 2, 208, 204, 100, false, false",
        "F16, 1, 2, 208, 204, 101, true, false",
        "F16, 2, 2, 13, 7, 5, false, true",
        "F16, 1, 2, 1, 1, 33, false, true",
        "F16, 2, 1, 13, 1, 1, true, false",
        "F32, 2, 2, 13, 7, 5, false, true",
        "F32, 1, 3, 33, 17, 20, true, false",
        "F32, 3, 1, 16, 16, 16, false, false",
    })
    void matchesFloat64(DType dtype, int outer, int inner, int m, int n, int k, boolean transposedA, boolean transposedB) {
        check(dtype, outer, inner, m, n, k, transposedA, transposedB, null);
    }

    /** Both tile sizes, which a plan would choose by larger shapes, and sums in parts of k. */
    @ParameterizedTest(name = "edge {0}, {1} parts: {2}x{3}x{4}, a transposed {5}, b transposed {6}")
    @CsvSource({
        "128, 1, 128, 128, 32, false, true",
        "128, 1, 208, 204, 100, false, true",
        "128, 1, 208, 204, 100, false, false",
        "128, 1, 208, 204, 101, true, false",
        "128, 1, 208, 204, 36, true, true",
        "128, 3, 128, 124, 260, true, false",
        "128, 2, 120, 128, 40, false, true",
        "64, 3, 60, 64, 260, true, false",
        "64, 4, 64, 128, 40, false, false",
    })
    void eachTileAndPart(int edge, int parts, int m, int n, int k, boolean transposedA, boolean transposedB) {
        check(DType.F16, 1, 2, m, n, k, transposedA, transposedB, new HalfProducts.Plan(edge, parts));
    }

    /** A plan of null is chosen by {@link Product}. */
    private static void check(DType dtype, int outer, int inner, int m, int n, int k, boolean transposedA, boolean transposedB, HalfProducts.Plan plan) {
        int rowsA = transposedA ? k : m, columnsA = transposedA ? m : k;
        int rowsB = transposedB ? n : k, columnsB = transposedB ? k : n;
        // The inner entries lie side by side in a row, as the heads of attention do, and a little room is left at the end.
        int pad = dtype == DType.F16 && columnsA % 4 == 0 && columnsB % 4 == 0 ? 4 : 1;
        int ldA = inner * columnsA + pad, ldB = inner * columnsB + pad;
        Random random = new Random(m * 31L + n * 7L + k);
        float[] a = normal(random, outer * rowsA * ldA, dtype);
        float[] b = normal(random, outer * rowsB * ldB, dtype);
        int ldc = Product.padded(n), toPart = Product.padded(m) * ldc, parts = plan == null ? 1 : plan.parts();
        int innerStride = parts * toPart;
        float[] c = run(dtype, a, b, outer * inner * innerStride, (out, x, y, z) -> {
            Operand left = new Operand(x, transposedA, ldA, (long) rowsA * ldA, columnsA);
            Operand right = new Operand(y, transposedB, ldB, (long) rowsB * ldB, columnsB);
            Product product = new Product(outer, inner, m, n, k, left, right, new Result(z, ldc, inner * innerStride, innerStride));
            if (plan == null) {
                product.emit(out);
            } else {
                HalfProducts.inTiles(product, plan, toPart, out);
            }
        });
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                for (int row = 0; row < m; row++) {
                    for (int column = 0; column < n; column++) {
                        double sum = 0, size = 0;
                        for (int p = 0; p < k; p++) {
                            double product = (double) a[(o * rowsA + (transposedA ? p : row)) * ldA + i * columnsA + (transposedA ? row : p)]
                                    * b[(o * rowsB + (transposedB ? column : p)) * ldB + i * columnsB + (transposedB ? p : column)];
                            sum += product;
                            size += Math.abs(product);
                        }
                        double got = 0;
                        for (int part = 0; part < parts; part++) {
                            got += c[(o * inner + i) * innerStride + part * toPart + row * ldc + column];
                        }
                        double bound = (k + 2) * 0x1p-24 * size * 1.01;
                        assertTrue(Math.abs(got - sum) <= bound, "batch (" + o + ", " + i + "), row " + row + ", column " + column + ": " + got
                                + ", expected " + sum + " within " + bound);
                    }
                }
            }
        }
    }

    /** What the lowering under test emits. */
    private interface Emission {
        void emit(LoweredLaunches out, Buffer a, Buffer b, Buffer c);
    }

    /** The arguments of {@link #HERE}. */
    private record Arguments(Buffer a, Buffer b, Buffer c) {
    }

    private static float[] run(DType dtype, float[] a, float[] b, int sizeC, Emission emission) {
        Lowering lowering = (program, at, out) -> {
            if (!program.is(at, HERE)) {
                return 0;
            }
            Arguments x = program.get(at).arguments(Arguments.class);
            emission.emit(out, x.a(), x.b(), x.c());
            return 1;
        };
        try (EmulatedGpu gpu = new EmulatedGpu(List.of(lowering))) {
            Tensor c = Tensor.empty(gpu, Shape.of(sizeC), DType.F32);
            HERE.launch().read(Tensor.of(gpu, Shape.of(a.length), dtype, a)).read(Tensor.of(gpu, Shape.of(b.length), dtype, b)).write(c).over(1, 1);
            return c.toFloats();
        }
    }

    private static float[] normal(Random random, int size, DType dtype) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            float v = (float) random.nextGaussian();
            values[i] = dtype == DType.F16 ? Float.float16ToFloat(Float.floatToFloat16(v)) : v;
        }
        return values;
    }

    /** Stands for a product until it is lowered. */
    private static void nothing(Object a, Object b, FloatArray c, int from, int count) {
        throw new IllegalStateException("not lowered");
    }
}
