// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.attention.AttentionTest.Problem;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flash attention on the emulated GPU. */
class FlashAttentionTest {
    private static final String[] NAMES = {"out", "dq", "dk", "dv"};

    private static EmulatedGpu gpu() {
        return new EmulatedGpu(List.of(new AttentionLowering(GpuTarget.AMPERE)));
    }

    private static Program record(Device device, Problem problem) {
        Shape shape = Shape.of(problem.batch, problem.seq, problem.hidden);
        Tensor q = Tensor.of(device, shape, DType.F16, problem.q), k = Tensor.of(device, shape, DType.F16, problem.k),
                v = Tensor.of(device, shape, DType.F16, problem.v), dout = Tensor.of(device, shape, DType.F16, problem.dout);
        Tensor mask = Tensor.of(device, Shape.of(problem.batch, problem.seq), problem.mask);
        Tensor snapshot = Tensor.ofInts(device, Shape.of(4), AttentionTest.SNAPSHOT);
        return Program.record(device, () -> {
            Attention.Result result = Attention.forward(q, k, v, mask, problem.heads, problem.p, snapshot);
            Attention.Gradients g = Attention.backward(q, k, v, mask, problem.heads, problem.p, snapshot, result, dout);
            return List.of(result.out(), g.dq(), g.dk(), g.dv());
        });
    }

    private static List<String> kernels(Program program) {
        return program.launches().stream().map(l -> l.kernel().name()).toList();
    }

    /** out, dq, dk, dv. */
    private static float[][] run(Device device, Problem problem) {
        Program program = record(device, problem);
        assertTrue(kernels(program).stream().allMatch(k -> k.startsWith("gpu_flash_")), () -> kernels(program).toString());
        program.run();
        float[][] first = outputs(program);
        program.run();
        float[][] second = outputs(program);
        for (int i = 0; i < NAMES.length; i++) {
            Numbers.assertSameBits(first[i], second[i], NAMES[i]);
        }
        return first;
    }

    private static float[][] outputs(Program program) {
        float[][] outputs = new float[NAMES.length][];
        Arrays.setAll(outputs, i -> program.output(i).toFloats());
        return outputs;
    }

    private static void check(Problem problem) {
        double[] out = problem.out(AttentionTest.doubles(problem.q), AttentionTest.doubles(problem.k), AttentionTest.doubles(problem.v));
        double[][] gradients = problem.gradients();
        try (Device gpu = gpu()) {
            float[][] actual = run(gpu, problem);
            // Results, and the weights of sums, are rounded to halves.
            Numbers.assertClose(out, 1e-3, 1, actual[0], "out");
            for (int i = 0; i < 3; i++) {
                Numbers.assertClose(gradients[i], 3e-3, 1, actual[1 + i], NAMES[1 + i]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 32", "3, 2, 17, 32", "1, 1, 65, 64", "2, 1, 20, 64", "1, 1, 70, 128"})
    void againstFloat64(int batch, int heads, int seq, int d) {
        check(new Problem(batch, heads, seq, d, 0.3f, true));
    }

    @ParameterizedTest
    @CsvSource({"2, 66, 32", "1, 64, 64", "1, 33, 128"})
    void withoutDropoutAgainstFloat64(int batch, int seq, int d) {
        check(new Problem(batch, 1, seq, d, 0f, true));
    }

    @Test
    void warpsOf32QueriesAgainstFloat64() {
        check(new Problem(1, 1, 257, 64, 0.1f, true));
    }

    @Test
    void anyMaskAgainstFloat64() {
        Problem problem = new Problem(3, 1, 40, 32, 0f, true);
        for (int i = 0; i < problem.mask.length; i++) {
            problem.mask[i] = i % 5 == 0 ? -10000f : i % 7 == 0 ? -1e9f : i % 3 * -0.75f;
        }
        Arrays.fill(problem.mask, 40, 80, -1e30f);
        problem.mask[100] = Float.NEGATIVE_INFINITY;
        check(problem);
    }

    @Test
    void paddingIsLeftOut() {
        Problem problem = new Problem(2, 1, 150, 32, 0.2f, true);
        Arrays.fill(problem.mask, 0f);
        Arrays.fill(problem.mask, 70, 150, -Float.MAX_VALUE);
        Arrays.fill(problem.mask, 150, 180, -Float.MAX_VALUE);
        check(problem);
    }

    @Test
    void aMaskThatChangesIsCountedAgain() {
        try (Device gpu = gpu()) {
            Tensor q = Tensor.zeros(gpu, Shape.of(1, 3, 32), DType.F16), mask = Tensor.zeros(gpu, Shape.of(1, 3), DType.F32);
            Tensor zero = Tensor.zeros(gpu, Shape.of(1), DType.F32);
            Program program = Program.record(gpu, () -> {
                Tensor first = Attention.forward(q, q, q, mask, 1, 0f, null).rowSum();
                Tensor again = Attention.forward(q, q, q, mask, 1, 0f, null).rowSum();
                Elementwise.scaleInPlace(mask, zero);
                return List.of(first, again, Attention.forward(q, q, q, mask, 1, 0f, null).rowSum());
            });
            assertEquals(2, kernels(program).stream().filter("gpu_flash_attention_keys"::equals).count(), () -> kernels(program).toString());
            mask.write(0f, 0f, -1e6f);
            program.run();
            assertArrayEquals(new float[] {2f, 2f, 2f}, program.output(0).toFloats());
            assertArrayEquals(new float[] {2f, 2f, 2f}, program.output(1).toFloats());
            assertArrayEquals(new float[] {3f, 3f, 3f}, program.output(2).toFloats());
        }
    }

    @Test
    void rowsWithoutAnyKeyGiveZeros() {
        Problem problem = new Problem(2, 1, 20, 32, 0f, true);
        Arrays.fill(problem.mask, 0, 20, Float.NEGATIVE_INFINITY);
        try (Device gpu = gpu()) {
            for (float[] result : run(gpu, problem)) {
                assertArrayEquals(new float[20 * 32], Arrays.copyOf(result, 20 * 32));
            }
        }
    }

    @Test
    void droppingEverythingGivesZeros() {
        Problem problem = new Problem(1, 1, 20, 32, 1f, true);
        try (Device gpu = gpu()) {
            for (float[] result : run(gpu, problem)) {
                assertArrayEquals(new float[result.length], result);
            }
        }
    }

    @Test
    void nanStaysInItsRow() {
        Problem problem = new Problem(1, 2, 20, 32, 0f, true);
        problem.q[3 * 64] = Float.NaN;
        try (Device gpu = gpu()) {
            float[] out = run(gpu, problem)[0];
            for (int i = 0; i < out.length; i++) {
                assertEquals(i / 64 == 3 && i % 64 < 32, Float.isNaN(out[i]), "out[" + i + "]");
            }
        }
    }

    @Test
    void decisionsAreKeptOrDrawnAgain() {
        Problem problem = new Problem(1, 1, 19, 32, 0.4f, true);
        float[][][] results = new float[2][][];
        for (int kept = 0; kept < 2; kept++) {
            try (Device gpu = new EmulatedGpu(List.of(AttentionLowering.flash(kept == 0 ? 0 : Long.MAX_VALUE)))) {
                List<String> draws = kernels(record(gpu, problem)).stream().filter("gpu_flash_attention_decisions"::equals).toList();
                assertEquals(2 - kept, draws.size());
                results[kept] = run(gpu, problem);
            }
        }
        for (int i = 0; i < NAMES.length; i++) {
            Numbers.assertSameBits(results[0][i], results[1][i], NAMES[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 32", "F16, 31", "F16, 256"})
    void whatItDoesNotTakeIsLoweredInOtherWays(DType dtype, int d) {
        try (Device gpu = gpu()) {
            Tensor q = Tensor.zeros(gpu, Shape.of(1, 3, d), dtype), mask = Tensor.zeros(gpu, Shape.of(1, 3), DType.F32);
            Program program = Program.record(gpu, () -> List.of(Attention.forward(q, q, q, mask, 1, 0f, null).out()));
            assertTrue(kernels(program).stream().noneMatch(k -> k.startsWith("gpu_flash_")), () -> kernels(program).toString());
        }
    }
}
