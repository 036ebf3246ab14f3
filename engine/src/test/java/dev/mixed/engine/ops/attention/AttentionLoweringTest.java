// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

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
import dev.mixed.engine.ops.attention.Attention.Gradients;
import dev.mixed.engine.ops.attention.Attention.Result;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention on the emulated GPU against the reference kernels. */
class AttentionLoweringTest {
    private static final int[] SNAPSHOT = {123, -456, 789, 1};
    private static final String[] NAMES = {"out", "rowMax", "rowSum", "dq", "dk", "dv"};

    /** Inputs of one attention, of ragged lengths; the last of several texts is padding from its first token on. */
    private static final class Problem {
        final DType dtype;
        final int batch, heads, seq, d;
        final float p;
        final float[][] inputs = new float[4][];
        final float[] mask;

        Problem(DType dtype, int batch, int heads, int seq, int d, float p) {
            this.dtype = dtype;
            this.batch = batch;
            this.heads = heads;
            this.seq = seq;
            this.d = d;
            this.p = p;
            Random random = new Random(batch + 10L * heads + 100L * seq + 1000L * d);
            for (int x = 0; x < 4; x++) {
                inputs[x] = new float[batch * seq * heads * d];
                for (int i = 0; i < inputs[x].length; i++) {
                    float v = (float) random.nextGaussian();
                    inputs[x][i] = dtype == DType.F16 ? Float.float16ToFloat(Float.floatToFloat16(v)) : v;
                }
            }
            mask = new float[batch * seq];
            for (int b = 0; b < batch; b++) {
                int length = b > 0 && b == batch - 1 ? 0 : seq - b % 3 * seq / 4;
                Arrays.fill(mask, b * seq + length, (b + 1) * seq, -Float.MAX_VALUE);
            }
        }

        /** out, rowMax, rowSum, dq, dk, dv. */
        List<Tensor> run(Device device) {
            return run(upload(device));
        }

        /** q, k, v, dout, mask and the random snapshot. */
        Tensor[] upload(Device device) {
            Tensor[] x = new Tensor[6];
            for (int i = 0; i < 4; i++) {
                x[i] = Tensor.of(device, Shape.of(batch, seq, heads * d), dtype, inputs[i]);
            }
            x[4] = Tensor.of(device, Shape.of(batch, seq), mask);
            x[5] = p > 0f ? Tensor.ofInts(device, Shape.of(4), SNAPSHOT) : null;
            return x;
        }

        List<Tensor> run(Tensor[] x) {
            Result result = Attention.forward(x[0], x[1], x[2], x[4], heads, p, x[5]);
            Gradients g = Attention.backward(x[0], x[1], x[2], x[4], heads, p, x[5], result, x[3]);
            return List.of(result.out(), result.rowMax(), result.rowSum(), g.dq(), g.dk(), g.dv());
        }

        void check(Device gpu) {
            try (Device reference = JvmDevice.reference()) {
                List<Tensor> expected = run(reference), actual = run(gpu);
                for (int i = 0; i < NAMES.length; i++) {
                    // Half probabilities are rounded before they weigh values: 2^-11 of each term.
                    double relative = dtype == DType.F32 || i == 1 || i == 2 ? 1e-5 : 2e-3;
                    assertEquals(expected.get(i).dtype(), actual.get(i).dtype());
                    assertClose(expected.get(i).toFloats(), actual.get(i).toFloats(), relative, NAMES[i] + " p=" + p);
                }
            }
        }
    }

    private static void assertClose(float[] expected, float[] actual, double relative, String what) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], relative * Math.max(1, Math.abs(expected[i])), what + "[" + i + "]");
        }
    }

    /**
     * GPUs on which no text is short, for halves with and without probabilities that wait for the backward pass or packed halves, which floats know nothing
     * of; and the usual one.
     */
    private static List<Device> gpus(DType dtype) {
        List<Device> gpus = new ArrayList<>(List.of(new EmulatedGpu(), new EmulatedGpu(List.of(new AttentionLowering(0, Long.MAX_VALUE, true)))));
        if (dtype == DType.F16) {
            gpus.add(new EmulatedGpu(List.of(new AttentionLowering(0, 0, true))));
            gpus.add(new EmulatedGpu(List.of(new AttentionLowering(0, Long.MAX_VALUE, false))));
        }
        return gpus;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "2, 2, 8, 8", "3, 2, 13, 8", "2, 2, 24, 32", "2, 1, 40, 64", "1, 2, 48, 63", "1, 2, 72, 8", "2, 3, 6, 5", "1, 1, 20, 65",
        "1, 1, 130, 12", "1, 1, 132, 8"})
    void resultsAndGradients(int batch, int heads, int seq, int d) {
        for (DType dtype : new DType[] {DType.F32, DType.F16}) {
            for (Device gpu : gpus(dtype)) {
                try (gpu) {
                    new Problem(dtype, batch, heads, seq, d, 0f).check(gpu);
                    new Problem(dtype, batch, heads, seq, d, 0.3f).check(gpu);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 520, 0.2", "F16, 600, 0.2", "F16, 16, 1"})
    void longTextsAndDropoutOfEverything(DType dtype, int seq, float p) {
        for (Device gpu : gpus(dtype)) {
            try (gpu) {
                new Problem(dtype, 1, 1, seq, 4, p).check(gpu);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void rowsWithoutAnyKeyGiveZerosAndRowsMaskedAlikeAttendToAllAlike(DType dtype) {
        Problem problem = new Problem(dtype, 2, 2, 10, 8, 0f);
        Arrays.fill(problem.mask, 0, 10, Float.NEGATIVE_INFINITY);
        Arrays.fill(problem.mask, 10, 20, -Float.MAX_VALUE);
        for (Device gpu : gpus(dtype)) {
            try (gpu) {
                problem.check(gpu);
                List<Tensor> results = problem.run(gpu);
                for (int i : new int[] {0, 3, 4, 5}) {
                    float[] values = results.get(i).toFloats();
                    for (int e = 0; e < values.length / 2; e++) {
                        assertEquals(0f, values[e], NAMES[i]);
                    }
                }
                assertEquals(10f, results.get(2).toFloats()[25]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void nanStaysInItsRow(DType dtype) {
        Problem problem = new Problem(dtype, 1, 2, 20, 4, 0f);
        problem.inputs[0][3 * 8] = Float.NaN;
        for (Device gpu : gpus(dtype)) {
            try (gpu) {
                float[] out = problem.run(gpu).getFirst().toFloats();
                for (int i = 0; i < out.length; i++) {
                    assertEquals(i / 8 == 3 && i % 8 < 4, Float.isNaN(out[i]), "out[" + i + "]");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void noReferenceLoopIsLeftAndTheSameSeedGivesTheSameBits(DType dtype) {
        Problem problem = new Problem(dtype, 2, 2, 16, 8, 0.1f);
        for (Device gpu : gpus(dtype)) {
            try (gpu) {
                Tensor[] x = problem.upload(gpu);
                Program program = Program.record(gpu, () -> problem.run(x));
                assertTrue(program.launches().stream().allMatch(l -> l.kernel().onGrid()),
                        () -> program.launches().stream().map(Launch::kernel).toList().toString());
                program.run();
                float[][] first = new float[6][];
                Arrays.setAll(first, i -> program.output(i).toFloats());
                program.run();
                for (int i = 0; i < 6; i++) {
                    assertArrayEquals(first[i], program.output(i).toFloats(), NAMES[i]);
                }
            }
        }
    }
}
