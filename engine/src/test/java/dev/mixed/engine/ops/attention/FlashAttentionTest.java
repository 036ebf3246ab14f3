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
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    @CsvSource({"1, 1, 1, 32", "3, 2, 17, 32", "1, 2, 65, 32", "2, 1, 64, 64", "1, 1, 130, 64", "1, 1, 70, 128", "2, 1, 33, 128"})
    void againstFloat64(int batch, int heads, int seq, int d) {
        check(new Problem(batch, heads, seq, d, 0f, true));
        check(new Problem(batch, heads, seq, d, 0.3f, true));
    }

    @ParameterizedTest
    @CsvSource({"260, 32, 0.2", "256, 64, 0", "271, 64, 0.1"})
    void warpsOf32QueriesAgainstFloat64(int seq, int d, float p) {
        check(new Problem(1, 1, seq, d, p, true));
    }
}
