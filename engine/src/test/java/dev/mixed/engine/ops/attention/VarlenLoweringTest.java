// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention of texts that stand one after the other, as a GPU computes it, against the reference loops. */
class VarlenLoweringTest {
    private static final int HEADS = 2, D = 32, HIDDEN = HEADS * D, TOKENS = 100, MAX_LENGTH = 72;
    /** One token, none, more than a tile, and dead tokens. */
    private static final int[] STARTS = {0, 1, 1, 67, 80, 80};
    private static final String[] NAMES = {"out", "dq", "dk", "dv"};

    private static Program record(Device device, float p) {
        Random random = new Random(8);
        Tensor[] in = new Tensor[4];
        Arrays.setAll(in, i -> Tensor.of(device, Shape.of(1, TOKENS, HIDDEN), DType.F16, Numbers.normal(random, TOKENS * HIDDEN, 1, true)));
        Tensor starts = Tensor.ofInts(device, Shape.of(STARTS.length), STARTS), snapshot = Tensor.ofInts(device, Shape.of(4), AttentionTest.SNAPSHOT);
        return Program.record(device, () -> {
            Attention.Result result = VarlenAttention.forward(in[0], in[1], in[2], starts, HEADS, MAX_LENGTH, p, snapshot);
            // A second attention shares the lengths of texts.
            Attention.Result next = VarlenAttention.forward(in[1], in[0], in[2], starts, HEADS, MAX_LENGTH, p, snapshot);
            Attention.Gradients g = VarlenAttention.backward(in[0], in[1], in[2], starts, HEADS, MAX_LENGTH, p, snapshot, result, in[3]);
            return List.of(result.out(), g.dq(), g.dk(), g.dv(), next.out());
        });
    }

    private static float[][] run(Program program) {
        program.run();
        return IntStream.range(0, NAMES.length).mapToObj(i -> program.output(i).toFloats()).toArray(float[][]::new);
    }

    private static List<String> kernels(Program program) {
        return program.launches().stream().map(l -> l.kernel().name()).toList();
    }

    @ParameterizedTest
    @CsvSource({"0, 1000000", "0.3, 1000000", "0.3, 0"})
    void flashAttentionOfEachText(float p, long maxKept) {
        float[][] expected;
        try (Device device = JvmDevice.reference()) {
            expected = run(record(device, p));
        }
        try (EmulatedGpu gpu = new EmulatedGpu(List.of(VarlenLowering.flash(maxKept)))) {
            Program program = record(gpu, p);
            List<String> kernels = kernels(program);
            assertTrue(kernels.stream().allMatch(k -> k.startsWith("gpu_flash_")), kernels.toString());
            assertEquals(1, kernels.stream().filter("gpu_flash_texts_lengths"::equals).count());
            assertEquals(p == 0 ? 0 : maxKept == 0 ? 3 : 2, kernels.stream().filter("gpu_flash_attention_decisions"::equals).count());
            float[][] actual = run(program);
            for (int i = 0; i < NAMES.length; i++) {
                float[] values = expected[i];
                Numbers.assertClose(IntStream.range(0, values.length).mapToDouble(e -> values[e]).toArray(), 3e-3, 1, actual[i], NAMES[i]);
                for (int e = STARTS[STARTS.length - 1] * HIDDEN; e < values.length; e++) {
                    assertEquals(0f, actual[i][e], NAMES[i] + " of a dead token");
                }
                Numbers.assertSameBits(actual[i], run(program)[i], NAMES[i]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"cuda, 0", "ptx, 0", "cuda, 75"})
    void withoutAsynchronousCopiesTheLoopsRun(String backend, int computeCapability) {
        try (EmulatedGpu gpu = new EmulatedGpu(List.of(new VarlenLowering(new GpuTarget(backend, computeCapability))))) {
            assertEquals(List.of("varlen_attention.f16", "varlen_attention.f16", "varlen_attention_backward_q.f16", "varlen_attention_backward_kv.f16"),
                    kernels(record(gpu, 0f)));
        }
    }
}
