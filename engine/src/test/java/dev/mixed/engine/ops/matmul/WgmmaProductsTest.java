// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.reduce.ChunkSumsLowering;
import dev.mixed.engine.ops.reduce.SumRows;
import dev.mixed.engine.ops.reduce.SumRowsLowering;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products on wgmma as the simulated Hopper GPU runs them, against float64. */
class WgmmaProductsTest {
    private static final double HALF_ROUNDING = 0x1p-11;

    /** a and b as halves hold them, and op(a) op(b) in float64. */
    private record Factors(int m, int n, int k, boolean transposeA, boolean transposeB, float[] a, float[] b, double[] product) {
        static Factors of(int m, int n, int k, boolean transposeA, boolean transposeB) {
            float[] a = halves(m * k, 1), b = halves(n * k, 2);
            double[] product = new double[m * n];
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    for (int p = 0; p < k; p++) {
                        product[i * n + j] += (double) a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
                    }
                }
            }
            return new Factors(m, n, k, transposeA, transposeB, a, b, product);
        }

        Tensor left(Device device) {
            return Tensor.of(device, transposeA ? Shape.of(k, m) : Shape.of(m, k), DType.F16, a);
        }

        Tensor right(Device device) {
            return Tensor.of(device, transposeB ? Shape.of(n, k) : Shape.of(k, n), DType.F16, b);
        }
    }

    private static float[] halves(int count, int seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Float.float16ToFloat(Float.floatToFloat16(random.nextFloat() * 2 - 1));
        }
        return values;
    }

    private static EmulatedGpu gpu(int rows, int width, int parts) {
        return new EmulatedGpu(List.of(new MatmulLowering(GpuTarget.HOPPER, _ -> new FloatProducts.Plan(FloatProducts.Tile.SMALL, 1, 0),
                HalfProducts.Plan::of, _ -> new WgmmaProducts.Plan(rows, width, parts))));
    }

    /** A sum of k products below 1 in size in float, then perhaps rounded to half. */
    private static void check(double[] expected, Tensor actual, int k) {
        float[] values = actual.toFloats();
        for (int i = 0; i < values.length; i++) {
            double bound = (k + 4.0) * k * 0x1p-24 + (actual.dtype() == DType.F16 ? HALF_ROUNDING * Math.abs(expected[i]) + 0x1p-24 : 0);
            assertEquals(expected[i], values[i], bound, "element " + i);
        }
    }

    private static double[] map(double[] values, Function<Integer, Double> of) {
        double[] result = new double[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = of.apply(i);
        }
        return result;
    }

    @ParameterizedTest(name = "[{0}, {1}] of depth {2} in tiles of {5} + {5} x {6}, transposed {3} {4}")
    @CsvSource({
        "128, 64, 64, false, true, 64, 64",
        "72, 136, 136, false, false, 64, 128",
        "136, 72, 72, true, false, 64, 192",
        "264, 200, 8, true, true, 128, 64",
        "64, 264, 200, true, false, 64, 256",
        "264, 200, 72, false, true, 128, 192",
        "264, 136, 136, true, false, 128, 128",
    })
    void halves(int m, int n, int k, boolean transposeA, boolean transposeB, int rows, int width) {
        Factors factors = Factors.of(m, n, k, transposeA, transposeB);
        try (EmulatedGpu gpu = gpu(rows, width, 1)) {
            check(factors.product, Matmul.matmul(factors.left(gpu), factors.right(gpu), transposeA, transposeB), k);
        }
    }

    @ParameterizedTest(name = "[{0}, {1}] of depth {2} in {5} parts, transposed {3} {4}, added {6}")
    @CsvSource({
        "72, 136, 200, true, false, 1, true",
        "72, 72, 200, true, false, 1, false",
        "72, 136, 328, true, false, 3, true",
        "72, 8, 328, false, true, 2, false",
    })
    void floats(int m, int n, int k, boolean transposeA, boolean transposeB, int parts, boolean add) {
        Factors factors = Factors.of(m, n, k, transposeA, transposeB);
        float[] before = halves(m * n, 3);
        try (EmulatedGpu gpu = gpu(64, 128, parts)) {
            Tensor c = Tensor.of(gpu, Shape.of(m, n), DType.F32, before);
            Matmul.matmulInto(c, factors.left(gpu), factors.right(gpu), transposeA, transposeB, add);
            check(map(factors.product, i -> factors.product[i] + (add ? before[i] : 0)), c, k);
        }
    }

    @Test
    void halvesAddedToWhatWasThere() {
        Factors factors = Factors.of(72, 136, 72, false, false);
        float[] before = halves(72 * 136, 3);
        try (EmulatedGpu gpu = gpu(64, 128, 1)) {
            Tensor c = Tensor.of(gpu, Shape.of(72, 136), DType.F16, before);
            Matmul.matmulInto(c, factors.left(gpu), factors.right(gpu), false, false, true);
            check(map(factors.product, i -> factors.product[i] + before[i]), c, 72);
        }
    }

    @Test
    void halvesAddedToWhatWasThereWithABias() {
        int m = 72, n = 136, k = 72;
        Factors factors = Factors.of(m, n, k, false, false);
        float[] before = halves(m * n, 3), bias = halves(n, 4);
        try (EmulatedGpu gpu = new EmulatedGpu(GpuTarget.HOPPER)) {
            Tensor c = Tensor.of(gpu, Shape.of(m, n), DType.F16, before), biases = Tensor.of(gpu, Shape.of(n), DType.F16, bias);
            Tensor left = factors.left(gpu), right = factors.right(gpu);
            Program.record(gpu, () -> {
                Matmul.matmulInto(c, left, right, false, false, true);
                Broadcast.addInto(c, biases);
                return List.of();
            }).run();
            check(map(factors.product, i -> factors.product[i] + before[i] + bias[i % n]), c, k);
        }
    }

    @ParameterizedTest(name = "in tiles of {0} + {0} x {1}")
    @CsvSource({"64, 128", "128, 192"})
    void biasAndGelu(int rows, int width) {
        int m = 136, n = 200, k = 72;
        Factors factors = Factors.of(m, n, k, false, true);
        float[] bias = halves(n, 4);
        double[] sums = map(factors.product, i -> factors.product[i] + bias[i % n]);
        try (EmulatedGpu gpu = gpu(rows, width, 1)) {
            Tensor left = factors.left(gpu), right = factors.right(gpu), biases = Tensor.of(gpu, Shape.of(n), DType.F16, bias);
            Program program = Program.record(gpu, () -> {
                Tensor y = Matmul.matmul(left, right, false, true);
                Broadcast.addInto(y, biases);
                Tensor z = Matmul.matmul(left, right, false, true);
                Broadcast.addInto(z, biases);
                Tensor activated = Gelu.exact(z);
                Tensor u = Matmul.matmul(left, right, false, true);
                Broadcast.addInto(u, biases);
                return List.of(y, z, activated, Gelu.exact(u));
            });
            assertEquals(List.of("wgmma_bias.f16", "wgmma_bias_gelu.f16", "wgmma_gelu.f16"),
                    program.launches().stream().map(Launch::kernel).map(Kernel::name).toList());
            program.run();
            check(sums, program.output(0), k);
            check(sums, program.output(1), k);
            // GELU of what is stored, or would be.
            float[] stored = program.output(1).toFloats();
            double[] gelu = map(sums, i -> (double) Gelu.value(stored[i]));
            check(gelu, program.output(2), k);
            check(gelu, program.output(3), k);
            assertArrayEquals(program.output(2).toFloats(), program.output(3).toFloats(), 0f);
        }
    }

    @ParameterizedTest(name = "[{0}, {1}] of depth {2}")
    @CsvSource({"72, 136, 72", "264, 200, 136"})
    void resultsThatGoIntoGelusGradientOrIntoASum(int m, int n, int k) {
        Factors factors = Factors.of(m, n, k, false, false);
        float[] x = halves(m * n, 5), other = halves(m * n, 6);
        double[] gradient = map(factors.product, i -> factors.product[i] * Gelu.derivative(x[i]));
        double[] sum = map(factors.product, i -> factors.product[i] + other[i]);
        try (EmulatedGpu gpu = new EmulatedGpu(GpuTarget.HOPPER)) {
            Tensor left = factors.left(gpu), right = factors.right(gpu), input = Tensor.of(gpu, Shape.of(m, n), DType.F16, x);
            Tensor weights = Tensor.empty(gpu, Shape.of(k, n), DType.F32), total = Tensor.of(gpu, Shape.of(m, n), DType.F16, other);
            Program program = Program.record(gpu, () -> {
                Tensor dy = Matmul.matmul(left, right, false, false);
                Matmul.matmulInto(weights, left, input, true, false, false);
                Tensor dx = Gelu.exactBackward(input, dy);
                Tensor direct = Gelu.exactBackward(input, Matmul.matmul(left, right, false, false));
                Elementwise.addInto(total, Matmul.matmul(left, right, false, false));
                return List.of(dx, direct);
            });
            assertEquals(List.of("wgmma.f32", "wgmma_gelu_backward.f16", "wgmma_gelu_backward.f16", "wgmma_add.f16"),
                    program.launches().stream().map(Launch::kernel).map(Kernel::name).toList());
            program.run();
            check(gradient, program.output(0), k);
            check(gradient, program.output(1), k);
            check(sum, total, k);
        }
    }

    /** The gradient of a bias, of all rows and no more: rows and columns beyond the edges count nothing. Two blocks take the tiles in turns. */
    @ParameterizedTest(name = "[{0}, {1}] of depth {2} in tiles of {5} + {5} x {6}, transposed {3} {4}, added {7}")
    @CsvSource({
        "72, 136, 72, false, false, 64, 64, true",
        "136, 72, 136, false, true, 64, 128, false",
        "264, 72, 8, true, false, 64, 192, true",
        "72, 264, 8, true, true, 64, 256, false",
        "200, 200, 72, false, false, 128, 192, true",
        "264, 72, 8, false, true, 128, 128, true",
        "8, 8, 8, true, false, 128, 64, true",
    })
    void gelusGradientLeavesTheSumsOfItsColumns(int m, int n, int k, boolean transposeA, boolean transposeB, int rows, int width, boolean add) {
        Factors factors = Factors.of(m, n, k, transposeA, transposeB);
        float[] x = halves(m * n, 5), before = halves(n, 6);
        double[] gradient = map(factors.product, i -> factors.product[i] * Gelu.derivative(x[i]));
        try (EmulatedGpu gpu = sums(rows, width)) {
            Tensor bias = Tensor.of(gpu, Shape.of(n), DType.F32, before);
            Program program = gradientAndSums(gpu, factors, x, bias, add);
            assertEquals(List.of("wgmma_gelu_backward_sums.f16", "gpu.sum_chunks"), program.launches().stream().map(Launch::kernel).map(Kernel::name).toList());
            program.run();
            check(gradient, program.output(0), k);
            float[] sums = bias.toFloats();
            for (int j = 0; j < n; j++) {
                double sum = add ? before[j] : 0, size = Math.abs(sum);
                for (int i = 0; i < m; i++) {
                    sum += gradient[i * n + j];
                    size += Math.abs(gradient[i * n + j]) + (k + 4.0) * k;
                }
                assertEquals(sum, sums[j], (m + 4) * 0x1p-24 * size, "column " + j);
            }
        }
    }

    @Test
    void sumsOfColumnsAreReproducible() {
        Factors factors = Factors.of(136, 72, 8, false, true);
        float[] x = halves(136 * 72, 5);
        try (EmulatedGpu gpu = sums(64, 64)) {
            Tensor bias = Tensor.of(gpu, Shape.of(72), DType.F32, new float[72]);
            Program program = gradientAndSums(gpu, factors, x, bias, false);
            program.run();
            float[] first = bias.toFloats();
            program.run();
            assertArrayEquals(first, bias.toFloats(), 0f);
        }
    }

    private static EmulatedGpu sums(int rows, int width) {
        return new EmulatedGpu(List.of(new ProductInputLowering(GpuTarget.HOPPER, _ -> new WgmmaProducts.Plan(rows, width, 1, 2)),
                new SumRowsLowering(GpuTarget.HOPPER), new ChunkSumsLowering()));
    }

    private static Program gradientAndSums(Device gpu, Factors factors, float[] x, Tensor bias, boolean add) {
        Tensor left = factors.left(gpu), right = factors.right(gpu), input = Tensor.of(gpu, Shape.of(factors.m, factors.n), DType.F16, x);
        return Program.record(gpu, () -> {
            Tensor dx = Gelu.exactBackward(input, Matmul.matmul(left, right, factors.transposeA, factors.transposeB));
            SumRows.into(bias, dx, add);
            return List.of(dx);
        });
    }

    /** Parts of k are added in a fixed order: the same bits each time. */
    @Test
    void sumsInPartsAreReproducible() {
        Factors factors = Factors.of(72, 72, 520, true, false);
        float[][] results = new float[2][];
        for (int i = 0; i < 2; i++) {
            try (EmulatedGpu gpu = gpu(64, 64, 4)) {
                Tensor c = Tensor.empty(gpu, Shape.of(72, 72), DType.F32);
                Matmul.matmulInto(c, factors.left(gpu), factors.right(gpu), true, false, false);
                results[i] = c.toFloats();
            }
        }
        assertArrayEquals(results[0], results[1]);
    }

    /** Operands whose rows begin at odd places are copied where the product is large. */
    @ParameterizedTest(name = "[{0}, {1}] of depth {2}, transposed {3} {4}, {5} copies")
    @CsvSource({
        "72, 136, 77, false, false, 1",
        "77, 136, 72, true, false, 1",
        "72, 136, 77, false, true, 2",
        "72, 77, 136, false, true, 0",
        "13, 8, 9, true, true, 2",
    })
    void largeProductsOfRowsAtOddPlaces(int m, int n, int k, boolean transposeA, boolean transposeB, int copies) {
        Factors factors = Factors.of(m, n, k, transposeA, transposeB);
        float[] before = halves(m * n, 3);
        MatmulLowering all = new MatmulLowering(GpuTarget.HOPPER, _ -> new FloatProducts.Plan(FloatProducts.Tile.SMALL, 1, 0), HalfProducts.Plan::of,
                WgmmaProducts.Plan::of, 0);
        try (EmulatedGpu gpu = new EmulatedGpu(List.of(all))) {
            Tensor left = factors.left(gpu), right = factors.right(gpu), sums = Tensor.of(gpu, Shape.of(m, n), DType.F32, before);
            Program program = Program.record(gpu, () -> {
                Matmul.matmulInto(sums, left, right, transposeA, transposeB, true);
                return List.of(Matmul.matmul(left, right, transposeA, transposeB));
            });
            List<String> kernels = program.launches().stream().map(Launch::kernel).map(Kernel::name).toList();
            // Rows of results have to be whole units of 16 bytes, too.
            int products = (n % 4 == 0 ? 1 : 0) + (n % 8 == 0 ? 1 : 0);
            assertEquals((long) products * copies, kernels.stream().filter("wide.align_rows.f16"::equals).count(), kernels::toString);
            assertEquals(products, kernels.stream().filter(name -> name.equals("wgmma.f16") || name.equals("wgmma.f32")).count(), kernels::toString);
            program.run();
            check(factors.product, program.output(0), k);
            check(map(factors.product, i -> factors.product[i] + before[i]), sums, k);
        }
    }

    /** What tensor maps can't describe goes to other kernels: rows that are no multiple of 16 bytes, batches. */
    @ParameterizedTest
    @CsvSource({"64, 64, 12, 1", "64, 12, 64, 1", "64, 64, 64, 2"})
    void othersGoToOtherKernels(int m, int n, int k, int batch) {
        try (EmulatedGpu gpu = new EmulatedGpu(GpuTarget.HOPPER)) {
            Tensor a = Tensor.of(gpu, Shape.of(batch, m, k), DType.F16, halves(batch * m * k, 1));
            Tensor b = Tensor.of(gpu, Shape.of(batch, k, n), DType.F16, halves(batch * n * k, 2));
            Program program = Program.record(gpu, () -> List.of(Matmul.matmul(a, b, false, false)));
            assertTrue(program.launches().stream().noneMatch(launch -> launch.kernel().name().startsWith("wgmma")));
        }
    }

    @Test
    void plansFillTheGpu() {
        assertEquals(1, plan(8192, 3072, 768, DType.F16).parts());
        assertTrue(plan(768, 768, 8192, DType.F32).parts() >= 6);
        assertEquals(64, plan(64, 768, 768, DType.F16).width());
    }

    private static WgmmaProducts.Plan plan(int m, int n, int k, DType type) {
        try (EmulatedGpu gpu = new EmulatedGpu()) {
            Tensor a = Tensor.empty(gpu, Shape.of(m, k), DType.F16), b = Tensor.empty(gpu, Shape.of(k, n), DType.F16),
                    c = Tensor.empty(gpu, Shape.of(m, n), type);
            return WgmmaProducts.Plan
                    .of(new Product(1, 1, m, n, k, new Product.Operand(a.buffer(), false, k, 0, 0), new Product.Operand(b.buffer(), false, n, 0, 0),
                            new Product.Result(c.buffer(), n, 0, 0)));
        }
    }
}
