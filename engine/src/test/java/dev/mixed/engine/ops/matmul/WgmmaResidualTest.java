// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mixed.engine.DType;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.Philox;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.engine.tornado.GpuLowerings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products with dropout and the residual's addition in their epilogue, as the simulated Hopper GPU runs them, against float64. */
class WgmmaResidualTest {
    private static final float P = 0.25f;
    private static final int[] SNAPSHOT = {11, -12, 13, 14};

    private static float[] halves(int count, int seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Float.float16ToFloat(Float.floatToFloat16(random.nextFloat() * 2 - 1));
        }
        return values;
    }

    private static List<String> kernels(Program program) {
        return program.launches().stream().map(Launch::kernel).map(Kernel::name).toList();
    }

    /** Two blocks take the tiles in turns. */
    @ParameterizedTest(name = "[{0}, {1}] of depth {2} in tiles of {5} + {5} x {6}, transposed {3} {4}, dropout {7}, residual first {8}")
    @CsvSource({
        "72, 136, 136, false, false, 64, 128, true, true",
        "136, 72, 72, true, false, 64, 192, true, false",
        "64, 264, 200, true, true, 64, 256, true, true",
        "264, 200, 72, false, true, 128, 192, true, false",
        "200, 200, 8, false, true, 128, 192, false, true",
        "264, 72, 8, true, false, 128, 128, true, true",
        "264, 200, 8, true, false, 64, 64, true, true",
        "72, 136, 72, true, true, 64, 128, false, false",
    })
    void productDroppedOutAndAdded(int m, int n, int k, boolean transposeA, boolean transposeB, int rows, int width, boolean dropout, boolean residualFirst) {
        float[] a = halves(m * k, 1), b = halves(n * k, 2), bias = halves(n, 3), residual = halves(m * n, 4);
        List<Lowering> lowerings = List.of(new ProductResidualLowering(GpuTarget.HOPPER, _ -> new WgmmaProducts.Plan(rows, width, 1, 2)));
        try (EmulatedGpu gpu = new EmulatedGpu(lowerings)) {
            Tensor left = Tensor.of(gpu, transposeA ? Shape.of(k, m) : Shape.of(m, k), DType.F16, a);
            Tensor right = Tensor.of(gpu, transposeB ? Shape.of(n, k) : Shape.of(k, n), DType.F16, b);
            Tensor biases = Tensor.of(gpu, Shape.of(n), DType.F16, bias), other = Tensor.of(gpu, Shape.of(m, n), DType.F16, residual);
            Tensor snapshot = Tensor.ofInts(gpu, Shape.of(4), SNAPSHOT);
            Program program = Program.record(gpu, () -> {
                Tensor y = Matmul.matmul(left, right, transposeA, transposeB);
                Broadcast.addInto(y, biases);
                Tensor x = dropout ? Dropout.apply(y, P, snapshot) : y;
                return List.of(residualFirst ? Elementwise.add(other, x) : Elementwise.add(x, other));
            });
            assertEquals(List.of(dropout ? "wgmma_dropout_residual.f16" : "wgmma_residual.f16"), kernels(program));
            program.run();
            float[] sums = program.output(0).toFloats();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    int e = i * n + j;
                    if (dropout && !Philox.keep(SNAPSHOT[0], SNAPSHOT[1], SNAPSHOT[2], SNAPSHOT[3], e, Philox.keepThreshold(P))) {
                        assertEquals(residual[e], sums[e], "dropped element " + e);
                        continue;
                    }
                    double expected = bias[j];
                    for (int p = 0; p < k; p++) {
                        expected += (double) a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
                    }
                    expected = (dropout ? expected / (1 - P) : expected) + residual[e];
                    assertEquals(expected, sums[e], (k + 6.0) * (k + 2) * 0x1p-24 / (1 - P) + 0x1p-11 * Math.abs(expected) + 0x1p-24, "element " + e);
                }
            }
        }
    }

    /** What a program draws from a random state is drawn before it is used, wherever the draw stands: the masks are those of other devices. */
    @Test
    void drawsAreMadeBefore() {
        int m = 72, n = 64, k = 64;
        List<float[]> results = new ArrayList<>();
        for (GpuTarget target : List.of(GpuTarget.PLAIN, GpuTarget.HOPPER)) {
            try (EmulatedGpu gpu = new EmulatedGpu(target)) {
                Tensor left = Tensor.of(gpu, Shape.of(m, k), DType.F16, halves(m * k, 1)), right = Tensor.of(gpu, Shape.of(k, n), DType.F16, halves(k * n, 2));
                Tensor bias = Tensor.of(gpu, Shape.of(n), DType.F16, halves(n, 3)), residual = Tensor.of(gpu, Shape.of(m, n), DType.F16, new float[m * n]);
                RandomState random = new RandomState(gpu, 5);
                Program program = Program.record(gpu, () -> {
                    List<Tensor> sums = new ArrayList<>();
                    for (int i = 0; i < 2; i++) {
                        Tensor y = Matmul.matmul(left, right, false, false);
                        Broadcast.addInto(y, bias);
                        sums.add(Elementwise.add(residual, Dropout.apply(y, P, random.next())));
                    }
                    return sums;
                });
                if (target.equals(GpuTarget.HOPPER)) {
                    assertEquals(List.of("gpu.random_next", "wgmma_dropout_residual.f16", "wgmma_dropout_residual.f16"), kernels(program));
                }
                program.run();
                program.run();
                program.outputs().forEach(sum -> results.add(sum.toFloats()));
            }
        }
        for (int i = 0; i < 2; i++) {
            float[] plain = results.get(i), hopper = results.get(2 + i);
            for (int e = 0; e < plain.length; e++) {
                assertEquals(plain[e] == 0f, hopper[e] == 0f, "element " + e);
                assertEquals(plain[e], hopper[e], 2e-2, "element " + e);
            }
        }
        assertFalse(Arrays.equals(results.get(2), results.get(3)));
    }

    /** What somebody else reads, and what was multiplied into something else, is stored as before. */
    @Test
    void othersGoToOtherKernels() {
        int m = 72, n = 64, k = 64;
        try (EmulatedGpu gpu = new EmulatedGpu(GpuLowerings.all(GpuTarget.HOPPER))) {
            Tensor left = Tensor.of(gpu, Shape.of(m, k), DType.F16, halves(m * k, 1)), right = Tensor.of(gpu, Shape.of(k, n), DType.F16, halves(k * n, 2));
            Tensor bias = Tensor.of(gpu, Shape.of(n), DType.F16, halves(n, 3)), residual = Tensor.of(gpu, Shape.of(m, n), DType.F16, new float[m * n]);
            Tensor snapshot = Tensor.ofInts(gpu, Shape.of(4), SNAPSHOT);
            List<Supplier<List<Tensor>>> bodies = List.of(
                    // The product's result is an output as well; what is dropped out is; it is added to itself.
                    () -> {
                        Tensor y = Matmul.matmul(left, right, false, false);
                        Broadcast.addInto(y, bias);
                        return List.of(y, Elementwise.add(Dropout.apply(y, P, snapshot), residual));
                    },
                    () -> {
                        Tensor y = Matmul.matmul(left, right, false, false);
                        Broadcast.addInto(y, bias);
                        Tensor dropped = Dropout.apply(y, P, snapshot);
                        return List.of(dropped, Elementwise.add(dropped, residual));
                    },
                    () -> {
                        Tensor y = Matmul.matmul(left, right, false, false);
                        Broadcast.addInto(y, bias);
                        Tensor dropped = Dropout.apply(y, P, snapshot);
                        return List.of(Elementwise.add(dropped, dropped));
                    },
                    () -> {
                        Tensor y = Matmul.matmul(left, right, false, false);
                        Broadcast.addInto(y, bias);
                        return List.of(y, Elementwise.add(y, residual));
                    });
            for (Supplier<List<Tensor>> body : bodies) {
                Program program = Program.record(gpu, body);
                assertEquals("wgmma_bias.f16", kernels(program).getFirst());
            }
        }
    }
}
