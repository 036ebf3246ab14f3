package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Broadcast;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tiled F32 products on the emulated GPU, against float64. */
class FloatMatmulLoweringTest {
    private static final double EPS = 0x1p-24;

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Shape shape(int batch, int rows, int columns) {
        return batch == 1 ? Shape.of(rows, columns) : Shape.of(batch, rows, columns);
    }

    /** One product and its float64 result. */
    private record Problem(int batch, int m, int n, int k, boolean transA, boolean transB, float[] a, float[] b, float[] c, float[] bias) {
        static Problem of(int batch, int m, int n, int k, boolean transA, boolean transB) {
            Random random = new Random(31L * m + 7L * n + k);
            return new Problem(batch, m, n, k, transA, transB, normal(random, batch * m * k), normal(random, batch * n * k),
                    normal(random, batch * m * n), normal(random, n));
        }

        Tensor[] operands(Device device) {
            return new Tensor[] {Tensor.of(device, transA ? shape(batch, k, m) : shape(batch, m, k), a),
                Tensor.of(device, transB ? shape(batch, n, k) : shape(batch, k, n), b)};
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

    private static Program record(Device device, Supplier<Tensor> body) {
        return Program.record(device, () -> List.of(body.get()));
    }

    private static List<String> kernels(Program program) {
        return program.launches().stream().map(Launch::kernel).map(Object::toString).toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "1, 13, 7, 5", "1, 64, 64, 8", "2, 65, 66, 17", "3, 24, 24, 32", "1, 207, 130, 33", "1, 128, 128, 16"})
    void everyLayoutInBothTilesWithAndWithoutBiasAndSum(int batch, int m, int n, int k) {
        for (FloatGemm.Tile tile : FloatGemm.Tile.values()) {
            FloatGemm.Plan plan = new FloatGemm.Plan(tile, 1, k);
            try (Device device = new EmulatedGpu(List.of(new FloatMatmulLowering((_, _, _, _) -> plan)))) {
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
        Tensor c = Tensor.of(device, shape(problem.batch, problem.m, problem.n), problem.c);
        Matmul.matmulInto(c, x[0], x[1], problem.transA, problem.transB, true);
        problem.check(c.toFloats(), true, false);
        Program program = record(device, () -> {
            Tensor y = Matmul.matmul(x[0], x[1], problem.transA, problem.transB);
            Broadcast.addInto(y, bias);
            return y;
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
            Tensor bias = Tensor.of(device, Shape.of(n), problem.bias), c = Tensor.of(device, shape(batch, m, n), problem.c);
            Program program = record(device, () -> {
                Tensor y = Matmul.matmul(x[0], x[1], true, false);
                Broadcast.addInto(y, bias);
                return y;
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
    @CsvSource({"1, 8192, 3072, 768, LARGE, 1", "1, 8192, 768, 3072, LARGE, 1", "192, 512, 512, 64, LARGE, 1", "192, 24, 24, 64, SMALL, 1", "1, 1, 2, 768, SMALL, 12"})
    void tilesAndPartsByTheSizeOfTheProduct(int batch, int m, int n, int k, FloatGemm.Tile tile, int atMostParts) {
        FloatGemm.Plan plan = FloatGemm.Plan.of(batch, m, n, k);
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
            Program program = record(device, () -> {
                Tensor y = Matmul.matmul(x[0].reshape(3, 4, 4), x[1], false, false);
                Broadcast.addInto(y.reshape(12, 9), table);
                return y;
            });
            assertEquals(List.of("gpu_matmul.f32", "gpu.broadcast_add_into.f32"), kernels(program));
            program.run();
            problem.check(program.output(0).toFloats(), true, false);
        }
    }
}
