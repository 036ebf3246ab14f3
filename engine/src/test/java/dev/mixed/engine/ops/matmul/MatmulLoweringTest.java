// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.tornado.GpuLowerings;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
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
        try (EmulatedGpu gpu = ampere()) {
            Tensor x = random(gpu, Shape.of(13, 24), DType.F16, 1), w = random(gpu, Shape.of(20, 24), DType.F16, 2),
                    bias = random(gpu, Shape.of(20), DType.F16, 3);
            Program program = Program.record(gpu, () -> {
                Tensor y = Matmul.matmul(x, w, false, true);
                Broadcast.addInto(y, bias);
                return List.of(Gelu.exact(y));
            });
            assertEquals(List.of("mma.f16"), kernels(program));
            assertTrue(program.plan().unsharedBytes() <= 4 * 64, "neither scratch nor what is before GELU: " + program.plan().unsharedBytes());
            program.run();
            assertClose(expected, program.output(0).toFloats(), 24, true, 0);
        }
    }

    /** Sums over parts of k are added in a fixed order: the same bits each time. */
    @Test
    void sumsInPartsAreReproducible() {
        assertTrue(HalfProducts.Plan.of(1, 64, 64, 1024).parts() > 1);
        float[][] results = new float[2][];
        for (int i = 0; i < 2; i++) {
            try (EmulatedGpu gpu = ampere()) {
                Tensor c = Tensor.empty(gpu, Shape.of(64, 64), DType.F32);
                Matmul.matmulInto(c, random(gpu, Shape.of(1024, 64), DType.F16, 1), random(gpu, Shape.of(1024, 64), DType.F16, 2), true, false, false);
                results[i] = c.toFloats();
            }
        }
        assertArrayEquals(results[0], results[1]);
    }

    @Test
    void plansFillTheGpu() {
        assertEquals(new HalfProducts.Plan(128, 1), HalfProducts.Plan.of(1, 8192, 3072, 768));
        assertEquals(128, HalfProducts.Plan.of(1, 768, 768, 8192).edge());
        assertTrue(HalfProducts.Plan.of(1, 768, 768, 8192).parts() >= 6);
        assertEquals(1, HalfProducts.Plan.of(192, 512, 512, 64).parts());
        assertEquals(1, HalfProducts.Plan.of(192, 512, 64, 512).parts());
    }

    private static void compare(int k, Function<Device, List<Tensor>> body) {
        try (JvmDevice jvm = JvmDevice.reference(); EmulatedGpu gpu = ampere()) {
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
    @CsvSource({"1, 1, 1, 1", "1, 13, 7, 5", "2, 65, 66, 17"})
    void everyLayoutWithAndWithoutBiasAndSum(int batch, int m, int n, int k) {
        for (EmulatedGpu gpu : List.of(ampere(), new EmulatedGpu())) {
            try (Device device = gpu) {
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
        program.run();
        problem.check(program.output(0).toFloats(), false, true);
    }

    @ParameterizedTest
    @CsvSource({"1, 40, 24, 1000", "2, 13, 70, 771"})
    void deepProductsAreSummedInPartsAndAlwaysToTheSameBits(int batch, int m, int n, int k) {
        try (Device device = ampere()) {
            Problem problem = Problem.of(batch, m, n, k, true, false);
            Tensor[] x = problem.operands(device);
            Tensor bias = Tensor.of(device, Shape.of(n), problem.bias), c = Tensor.of(device, floatShape(batch, m, n), problem.c);
            Program program = Program.record(device, () -> {
                Tensor y = Matmul.matmul(x[0], x[1], true, false);
                Broadcast.addInto(y, bias);
                return List.of(y);
            });
            assertEquals(List.of("gemm.f32", "gemm_parts.f32"), kernels(program));
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
        FloatProducts.Plan plan = FloatProducts.Plan.of(batch, m, n, k, 45e12);
        assertEquals(tile, plan.tile());
        assertTrue(plan.parts() >= 1 && plan.parts() <= atMostParts, plan.toString());
        assertTrue((plan.parts() - 1) * plan.partDepth() < k && plan.parts() * plan.partDepth() >= k, plan.toString());
    }

    /** F32 products with bias and GELU, of which one is not needed before GELU. */
    @Test
    void productOfFloatsWithBiasAndGeluIsOneLaunch() {
        try (EmulatedGpu gpu = ampere(); JvmDevice jvm = JvmDevice.reference()) {
            Function<Device, Program> record = device -> {
                Problem problem = Problem.of(1, 20, 36, 24, false, true);
                Tensor[] x = problem.operands(device);
                Tensor bias = Tensor.of(device, Shape.of(problem.n), problem.bias);
                return Program.record(device, () -> {
                    Tensor y = Matmul.matmul(x[0], x[1], false, true);
                    Broadcast.addInto(y, bias);
                    Tensor both = Gelu.exact(y);
                    Tensor z = Matmul.matmul(x[0], x[1], false, true);
                    Broadcast.addInto(z, bias);
                    return List.of(y, both, Gelu.exact(z));
                });
            };
            Program expected = record.apply(jvm), actual = record.apply(gpu);
            assertEquals(List.of("gemm.f32", "gemm.f32"), kernels(actual));
            expected.run();
            actual.run();
            for (int i = 0; i < 3; i++) {
                assertArrayEquals(expected.output(i).toFloats(), actual.output(i).toFloats(), 1e-5f);
            }
        }
    }

    /** A product that is only added to another tensor, as a residual's gradient is, is added as it is stored; one that is wanted itself is not. */
    @ParameterizedTest
    @CsvSource({"F16, false", "F16, true", "F32, false", "F32, true"})
    void productIntoASum(DType dtype, boolean wanted) {
        Function<Device, Program> record = device -> {
            Tensor a = random(device, Shape.of(20, 24), dtype, 1), b = random(device, Shape.of(36, 24), dtype, 2),
                    start = random(device, Shape.of(20, 36), dtype, 3);
            return Program.record(device, () -> {
                Tensor sum = Elementwise.copy(start);
                Tensor c = Matmul.matmul(a, b, false, true);
                Elementwise.addInto(sum, c);
                return wanted ? List.of(sum, c) : List.of(sum);
            });
        };
        try (EmulatedGpu gpu = ampere(); JvmDevice jvm = JvmDevice.reference()) {
            Program expected = record.apply(jvm), actual = record.apply(gpu);
            String product = dtype == DType.F16 ? "mma.f16" : "gemm.f32";
            assertEquals(wanted ? 1 : 0, kernels(actual).stream().filter(name -> name.contains("add_into")).count(), kernels(actual).toString());
            assertTrue(kernels(actual).contains(product), kernels(actual).toString());
            expected.run();
            actual.run();
            for (int i = 0; i < (wanted ? 2 : 1); i++) {
                assertClose(expected.output(i).toFloats(), actual.output(i).toFloats(), 24, dtype == DType.F16, i);
            }
        }
    }

    /** Products of floats round their operands to tf32 where that is allowed, and only there. */
    @Test
    void tf32WhereItIsAllowed() {
        float third = 1f / 3;
        for (boolean allowed : new boolean[] {false, true}) {
            try (EmulatedGpu gpu = new EmulatedGpu(GpuLowerings.all(GpuTarget.AMPERE.withTf32(allowed)))) {
                Tensor a = Tensor.of(gpu, Shape.of(4, 4), constant(16, third)), b = Tensor.of(gpu, Shape.of(4, 4), constant(16, 1));
                float rounded = Float.intBitsToFloat(Float.floatToRawIntBits(third) + 0x1000 & ~0x1FFF);
                assertEquals(4 * (allowed ? rounded : third), Matmul.matmul(a, b, false, false).toFloats()[0], 1e-6f);
            }
        }
    }

    private static float[] constant(int size, float value) {
        float[] values = new float[size];
        Arrays.fill(values, value);
        return values;
    }

    private static EmulatedGpu ampere() {
        return new EmulatedGpu(GpuLowerings.all(GpuTarget.AMPERE));
    }

    @Test
    void oneMatrixForAllBatchEntriesAndABiasOfAnotherLengthIsNoBias() {
        try (Device device = ampere()) {
            Problem problem = Problem.of(1, 12, 9, 4, false, false);
            Tensor[] x = problem.operands(device);
            Tensor table = Tensor.of(device, Shape.of(12, 9), problem.c);
            Program program = Program.record(device, () -> {
                Tensor y = Matmul.matmul(x[0].reshape(3, 4, 4), x[1], false, false);
                Broadcast.addInto(y.reshape(12, 9), table);
                return List.of(y);
            });
            assertEquals(List.of("gemm.f32", "gpu.broadcast_add_into.f32"), kernels(program));
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
