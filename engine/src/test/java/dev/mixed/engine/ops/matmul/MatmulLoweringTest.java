// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.pointwise.Broadcast;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products as the emulated GPU runs them: F16 ones against the reference loops, F32 ones against float64. */
class MatmulLoweringTest {
    private static final double EPS = 0x1p-24;

    @ParameterizedTest(name = "[{0}, {1}] x [{2}] in batches of {3}, transposed {4} {5}, to F32 {6}, accumulate {7}")
    @CsvSource({
        "64, 64, 64, 1, false, true, false, false",
        "13, 20, 24, 1, false, true, false, false",
        "13, 20, 24, 1, false, false, false, true",
        "68, 12, 96, 1, true, false, true, false",
        "64, 64, 40, 1, true, false, true, false",
        "64, 64, 41, 1, true, false, true, true",
        "16, 1, 96, 1, false, true, false, false",
        "16, 96, 1, 1, false, false, false, false",
        "1, 96, 16, 1, true, false, true, true",
        "7, 13, 5, 1, true, true, false, true",
        "20, 36, 8, 6, false, true, false, false",
        "20, 8, 36, 6, false, false, false, false",
        "36, 8, 20, 6, true, false, false, true",
        "5, 3, 7, 6, false, true, false, false",
        "64, 64, 1024, 1, true, false, true, false",
        "60, 64, 1023, 1, true, false, true, true",
        "32, 64, 520, 2, false, true, false, false",
    })
    void product(int m, int n, int k, int batch, boolean transposeA, boolean transposeB, boolean toFloat, boolean accumulate) {
        Shape a = transposeA ? shape(batch, k, m) : shape(batch, m, k);
        Shape b = transposeB ? shape(batch, n, k) : shape(batch, k, n);
        compare(k, device -> {
            Tensor c = random(device, shape(batch, m, n), toFloat ? DType.F32 : DType.F16, 3);
            Matmul.matmulInto(c, random(device, a, DType.F16, 1), random(device, b, DType.F16, 2), transposeA, transposeB, accumulate);
            return List.of(c);
        });
    }

    @ParameterizedTest
    @CsvSource({"13, 20, 24", "64, 128, 32", "16, 1, 12", "3, 7, 5"})
    void productWithBias(int m, int n, int k) {
        compare(k, device -> {
            Tensor y = Matmul.matmul(random(device, Shape.of(m, k), DType.F16, 1), random(device, Shape.of(n, k), DType.F16, 2), false, true);
            Broadcast.addInto(y, random(device, Shape.of(n), DType.F16, 3));
            return List.of(y);
        });
    }

    @ParameterizedTest
    @CsvSource({"13, 20, 24", "64, 128, 32", "3, 7, 5"})
    void productWithBiasAndGelu(int m, int n, int k) {
        compare(k, device -> {
            Tensor y = Matmul.matmul(random(device, Shape.of(m, k), DType.F16, 1), random(device, Shape.of(n, k), DType.F16, 2), false, true);
            Broadcast.addInto(y, random(device, Shape.of(n), DType.F16, 3));
            return List.of(Gelu.exact(y), y);
        });
    }

    /** In a program that returns GELU alone, what is before it takes no storage. */
    @Test
    void unreadOperandOfGeluIsNotWritten() {
        Function<Device, List<Tensor>> body = device -> {
            Tensor y = Matmul.matmul(random(device, Shape.of(13, 24), DType.F16, 1), random(device, Shape.of(20, 24), DType.F16, 2), false, true);
            Broadcast.addInto(y, random(device, Shape.of(20), DType.F16, 3));
            return List.of(Gelu.exact(y));
        };
        float[] expected;
        try (JvmDevice jvm = JvmDevice.reference()) {
            expected = body.apply(jvm).getFirst().toFloats();
        }
        try (EmulatedGpu gpu = new EmulatedGpu()) {
            Tensor x = random(gpu, Shape.of(13, 24), DType.F16, 1), w = random(gpu, Shape.of(20, 24), DType.F16, 2),
                    bias = random(gpu, Shape.of(20), DType.F16, 3);
            Program program = Program.record(gpu, () -> {
                Tensor y = Matmul.matmul(x, w, false, true);
                Broadcast.addInto(y, bias);
                return List.of(Gelu.exact(y));
            });
            assertEquals(List.of("gemm_64.f16"), kernels(program));
            assertTrue(program.plan().unsharedBytes() <= 64 * 64 * 4 + 4 * 64, "scratch alone, not what is before GELU: " + program.plan().unsharedBytes());
            program.run();
            assertClose(expected, program.output(0).toFloats(), 24, true, 0);
        }
    }

    /** The large tile's epilogues, which a plan would choose by larger shapes. */
    @Test
    void largeTilesWithEpilogues() {
        int m = 200, n = 250, k = 40;
        Function<Device, List<Tensor>> body = device -> {
            Tensor a = random(device, Shape.of(m, k), DType.F16, 1), b = random(device, Shape.of(n, k), DType.F16, 2),
                    bias = random(device, Shape.of(n), DType.F16, 3);
            Tensor sum = random(device, Shape.of(m, n), DType.F16, 4);
            Program program = Program.record(device, () -> {
                Matmul.matmulInto(sum, a, b, false, true, true);
                Tensor y = Matmul.matmul(a, b, false, true);
                Broadcast.addInto(y, bias);
                Tensor z = Matmul.matmul(a, b, false, true);
                Broadcast.addInto(z, bias);
                Tensor g = Gelu.exact(z);
                return List.of(Matmul.matmul(a, b, false, true), y, z, g);
            });
            if (device instanceof EmulatedGpu) {
                assertEquals(List.of("gemm_128.f16"), kernels(program).stream().distinct().toList());
            }
            program.run();
            return Stream.concat(Stream.of(sum), program.outputs().stream()).toList();
        };
        try (JvmDevice jvm = JvmDevice.reference(); EmulatedGpu gpu = inHalfTiles(new HalfProducts.Plan(128, 1))) {
            List<Tensor> expected = body.apply(jvm), actual = body.apply(gpu);
            for (int i = 0; i < expected.size(); i++) {
                assertClose(expected.get(i).toFloats(), actual.get(i).toFloats(), k, true, i);
            }
        }
    }

    /** Large tiles in parts of k, which are summed up afterwards. */
    @ParameterizedTest(name = "{0} parts, transposed {1} {2}")
    @CsvSource({"3, true, false", "2, false, true", "2, true, true"})
    void largeTilesInParts(int parts, boolean transposeA, boolean transposeB) {
        int m = 196, n = 252, k = 100;
        Function<Device, List<Tensor>> body = device -> List.of(Matmul.matmul(random(device, transposeA ? Shape.of(k, m) : Shape.of(m, k), DType.F16, 1),
                random(device, transposeB ? Shape.of(n, k) : Shape.of(k, n), DType.F16, 2), transposeA, transposeB));
        try (JvmDevice jvm = JvmDevice.reference(); EmulatedGpu gpu = inHalfTiles(new HalfProducts.Plan(128, parts))) {
            assertClose(body.apply(jvm).getFirst().toFloats(), body.apply(gpu).getFirst().toFloats(), k, true, 0);
        }
    }

    private static EmulatedGpu inHalfTiles(HalfProducts.Plan plan) {
        return new EmulatedGpu(List.of(new MatmulLowering(FloatProducts.Plan::of, _ -> plan)));
    }

    /** Sums over parts of k are added in a fixed order: the same bits each time. */
    @Test
    void sumsInPartsAreReproducible() {
        assertTrue(HalfProducts.Plan.of(1, 64, 64, 1024, Integer.MAX_VALUE).parts() > 1);
        float[][] results = new float[2][];
        for (int i = 0; i < 2; i++) {
            try (EmulatedGpu gpu = new EmulatedGpu()) {
                Tensor c = Tensor.empty(gpu, Shape.of(64, 64), DType.F32);
                Matmul.matmulInto(c, random(gpu, Shape.of(1024, 64), DType.F16, 1), random(gpu, Shape.of(1024, 64), DType.F16, 2), true, false, false);
                results[i] = c.toFloats();
            }
        }
        assertArrayEquals(results[0], results[1]);
    }

    /** A grid has 65,535 blocks along z at most: the loop kernel takes the product. */
    @Test
    void moreProductsThanAGridHasBlocks() {
        int batch = 70_000;
        try (EmulatedGpu gpu = new EmulatedGpu(); JvmDevice jvm = JvmDevice.reference()) {
            float[][] results = new float[2][];
            for (Device device : List.of(gpu, jvm)) {
                Tensor a = random(device, Shape.of(batch, 1, 4), DType.F16, 1), b = random(device, Shape.of(batch, 4, 1), DType.F16, 2);
                results[device == gpu ? 0 : 1] = Matmul.matmul(a, b, false, false).toFloats();
            }
            assertArrayEquals(results[1], results[0]);
        }
    }

    @Test
    void plansFillTheGpu() {
        assertEquals(new HalfProducts.Plan(128, 1), HalfProducts.Plan.of(1, 8192, 3072, 768, Integer.MAX_VALUE));
        assertEquals(128, HalfProducts.Plan.of(1, 768, 768, 8192, Integer.MAX_VALUE).edge());
        assertTrue(HalfProducts.Plan.of(1, 768, 768, 8192, Integer.MAX_VALUE).parts() >= 6);
        assertEquals(1, HalfProducts.Plan.of(192, 512, 512, 64, Integer.MAX_VALUE).parts());
        assertEquals(new HalfProducts.Plan(64, 1), HalfProducts.Plan.of(192, 512, 64, 512, 1));
    }

    private static void compare(int k, Function<Device, List<Tensor>> body) {
        try (JvmDevice jvm = JvmDevice.reference(); EmulatedGpu gpu = new EmulatedGpu()) {
            List<Tensor> expected = body.apply(jvm);
            List<Tensor> actual = body.apply(gpu);
            for (int i = 0; i < expected.size(); i++) {
                assertClose(expected.get(i).toFloats(), actual.get(i).toFloats(), k, expected.get(i).dtype() == DType.F16, i);
            }
        }
    }

    /** Operands are below 1 in size: each product is, and a sum of k of them is rounded k times, in either order; a half up to three times. */
    private static void assertClose(float[] expected, float[] actual, int k, boolean half, int tensor) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            double bound = 2.0 * (k + 2) * (k + 2) * 0x1p-24 + (half ? 4 * 0x1p-11 * (Math.abs(expected[i]) + 1) : 0);
            assertTrue(Math.abs(expected[i] - actual[i]) <= bound,
                    "tensor " + tensor + ", element " + i + " is " + actual[i] + ", expected " + expected[i] + " within " + bound);
        }
    }

    private static Shape shape(int batch, int rows, int columns) {
        return batch == 1 ? Shape.of(rows, columns) : Shape.of(2, batch / 2, rows, columns);
    }

    private static Tensor random(Device device, Shape shape, DType dtype, int seed) {
        Random random = new Random(seed);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return Tensor.of(device, shape, dtype, values);
    }

    /** One F32 product and its float64 result. */
    private record Problem(int batch, int m, int n, int k, boolean transA, boolean transB, float[] a, float[] b, float[] c, float[] bias) {
        static Problem of(int batch, int m, int n, int k, boolean transA, boolean transB) {
            Random random = new Random(31L * m + 7L * n + k);
            return new Problem(batch, m, n, k, transA, transB, normal(random, batch * m * k), normal(random, batch * n * k),
                    normal(random, batch * m * n), normal(random, n));
        }

        Tensor[] operands(Device device) {
            return new Tensor[] {Tensor.of(device, transA ? floatShape(batch, k, m) : floatShape(batch, m, k), a),
                Tensor.of(device, transB ? floatShape(batch, n, k) : floatShape(batch, k, n), b)};
        }

        /** Within (terms + 2) roundings of the sizes of the terms, the classical bound for a sum in any order. */
        void check(float[] actual, boolean accumulate, boolean withBias) {
            assertEquals(c.length, actual.length);
            for (int e = 0; e < c.length; e++) {
                int z = e / (m * n), i = e / n % m, j = e % n;
                double sum = (accumulate ? c[e] : 0) + (withBias ? bias[j] : 0), size = Math.abs(accumulate ? c[e] : 0) + Math.abs(withBias ? bias[j] : 0);
                for (int p = 0; p < k; p++) {
                    double term = (double) a[z * m * k + (transA ? p * m + i : i * k + p)] * b[z * n * k + (transB ? j * k + p : p * n + j)];
                    sum += term;
                    size += Math.abs(term);
                }
                assertEquals(sum, actual[e], (k + 4) * EPS * size * 1.01, "c[" + z + ", " + i + ", " + j + "]");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "1, 13, 7, 5", "1, 64, 64, 8", "2, 65, 66, 17", "3, 24, 24, 32", "1, 207, 130, 33", "1, 128, 128, 16"})
    void everyLayoutInBothTilesWithAndWithoutBiasAndSum(int batch, int m, int n, int k) {
        for (FloatProducts.Tile tile : FloatProducts.Tile.values()) {
            FloatProducts.Plan plan = new FloatProducts.Plan(tile, 1, k);
            try (Device device = new EmulatedGpu(List.of(new MatmulLowering(_ -> plan, HalfProducts.Plan::of)))) {
                for (int layout = 0; layout < 4; layout++) {
                    checkLayout(device, Problem.of(batch, m, n, k, layout % 2 != 0, layout / 2 != 0));
                }
            }
        }
    }

    private static void checkLayout(Device device, Problem problem) {
        Tensor[] x = problem.operands(device);
        Tensor bias = Tensor.of(device, Shape.of(problem.n), problem.bias);
        problem.check(Matmul.matmul(x[0], x[1], problem.transA, problem.transB).toFloats(), false, false);
        Tensor c = Tensor.of(device, floatShape(problem.batch, problem.m, problem.n), problem.c);
        Matmul.matmulInto(c, x[0], x[1], problem.transA, problem.transB, true);
        problem.check(c.toFloats(), true, false);
        Program program = Program.record(device, () -> {
            Tensor y = Matmul.matmul(x[0], x[1], problem.transA, problem.transB);
            Broadcast.addInto(y, bias);
            return List.of(y);
        });
        assertEquals(List.of("gpu_matmul.f32"), kernels(program));
        program.run();
        problem.check(program.output(0).toFloats(), false, true);
    }

    @ParameterizedTest
    @CsvSource({"1, 40, 24, 1000", "2, 13, 70, 771"})
    void deepProductsAreSummedInPartsAndAlwaysToTheSameBits(int batch, int m, int n, int k) {
        try (Device device = new EmulatedGpu()) {
            Problem problem = Problem.of(batch, m, n, k, true, false);
            Tensor[] x = problem.operands(device);
            Tensor bias = Tensor.of(device, Shape.of(n), problem.bias), c = Tensor.of(device, floatShape(batch, m, n), problem.c);
            Program program = Program.record(device, () -> {
                Tensor y = Matmul.matmul(x[0], x[1], true, false);
                Broadcast.addInto(y, bias);
                return List.of(y);
            });
            assertEquals(List.of("gpu_matmul.f32", "gpu_matmul_parts.f32"), kernels(program));
            program.run();
            float[] first = program.output(0).toFloats();
            problem.check(first, false, true);
            program.run();
            assertArrayEquals(first, program.output(0).toFloats());
            Matmul.matmulInto(c, x[0], x[1], true, false, true);
            problem.check(c.toFloats(), true, false);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 8192, 3072, 768, LARGE, 1", "1, 8192, 768, 3072, LARGE, 1", "192, 512, 512, 64, LARGE, 1", "192, 24, 24, 64, SMALL, 1",
        "1, 1, 2, 768, SMALL, 12"})
    void tilesAndPartsByTheSizeOfTheProduct(int batch, int m, int n, int k, FloatProducts.Tile tile, int atMostParts) {
        FloatProducts.Plan plan = FloatProducts.Plan.of(batch, m, n, k);
        assertEquals(tile, plan.tile());
        assertTrue(plan.parts() >= 1 && plan.parts() <= atMostParts, plan.toString());
        assertTrue((plan.parts() - 1) * plan.partDepth() < k && plan.parts() * plan.partDepth() >= k, plan.toString());
    }

    @Test
    void oneMatrixForAllBatchEntriesAndABiasOfAnotherLengthIsNoBias() {
        try (Device device = new EmulatedGpu()) {
            Problem problem = Problem.of(1, 12, 9, 4, false, false);
            Tensor[] x = problem.operands(device);
            Tensor table = Tensor.of(device, Shape.of(12, 9), problem.c);
            Program program = Program.record(device, () -> {
                Tensor y = Matmul.matmul(x[0].reshape(3, 4, 4), x[1], false, false);
                Broadcast.addInto(y.reshape(12, 9), table);
                return List.of(y);
            });
            assertEquals(List.of("gpu_matmul.f32", "gpu.broadcast_add_into.f32"), kernels(program));
            program.run();
            problem.check(program.output(0).toFloats(), true, false);
        }
    }

    private static List<String> kernels(Program program) {
        return program.launches().stream().map(Launch::kernel).map(Object::toString).toList();
    }

    private static Shape floatShape(int batch, int rows, int columns) {
        return batch == 1 ? Shape.of(rows, columns) : Shape.of(batch, rows, columns);
    }

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
