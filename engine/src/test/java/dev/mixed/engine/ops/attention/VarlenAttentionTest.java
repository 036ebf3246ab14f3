// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.attention.Attention.Gradients;
import dev.mixed.engine.ops.attention.Attention.Result;
import dev.mixed.engine.ops.random.Philox;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Texts in one row get what they get alone; against float64 and finite differences, {@code OpTest} has the op. */
class VarlenAttentionTest {
    private static final int[] SNAPSHOT = {123, -456, 789, 1};
    private static final int HEADS = 3, D = 9, HIDDEN = HEADS * D, MAX_LENGTH = 80, TOKENS = 120;
    /** A text of one token, none, one that fills more than a block of queries, an end that is repeated, and dead tokens. */
    private static final int[] STARTS = {0, 1, 1, 71, 84, 103, 103};

    private static float[][] inputs(boolean half) {
        Random random = new Random(5);
        float[][] inputs = new float[4][];
        Arrays.setAll(inputs, i -> Numbers.normal(random, TOKENS * HIDDEN, 1.3, half));
        return inputs;
    }

    /** out, dq, dk, dv. */
    private static float[][] packed(Device device, DType dtype, float[][] inputs, int tokens, int[] starts, int maxLength, float p) {
        Tensor[] in = new Tensor[4];
        Arrays.setAll(in, i -> Tensor.of(device, Shape.of(1, tokens, HIDDEN), dtype, Arrays.copyOf(inputs[i], tokens * HIDDEN)));
        Tensor bounds = Tensor.ofInts(device, Shape.of(starts.length), starts), snapshot = Tensor.ofInts(device, Shape.of(4), SNAPSHOT);
        Result result = VarlenAttention.forward(in[0], in[1], in[2], bounds, HEADS, maxLength, p, snapshot);
        Gradients g = VarlenAttention.backward(in[0], in[1], in[2], bounds, HEADS, maxLength, p, snapshot, result, in[3]);
        return new float[][] {result.out().toFloats(), g.dq().toFloats(), g.dk().toFloats(), g.dv().toFloats()};
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void eachTextGetsWhatAttentionGivesItAlone(DType dtype) {
        float[][] inputs = inputs(dtype == DType.F16);
        for (Device device : new Device[] {JvmDevice.open(2), JvmDevice.reference()}) {
            float[][] packed = packed(device, dtype, inputs, TOKENS, STARTS, MAX_LENGTH, 0f);
            for (int t = 0; t + 1 < STARTS.length; t++) {
                int from = STARTS[t] * HIDDEN, to = STARTS[t + 1] * HIDDEN, length = STARTS[t + 1] - STARTS[t];
                if (length > 0) {
                    Tensor[] in = new Tensor[4];
                    Arrays.setAll(in, i -> Tensor.of(device, Shape.of(1, length, HIDDEN), dtype, Arrays.copyOfRange(inputs[i], from, to)));
                    Tensor mask = Tensor.zeros(device, Shape.of(1, length), DType.F32);
                    Result result = Attention.forward(in[0], in[1], in[2], mask, HEADS, 0f, null);
                    Gradients g = Attention.backward(in[0], in[1], in[2], mask, HEADS, 0f, null, result, in[3]);
                    float[][] alone = {result.out().toFloats(), g.dq().toFloats(), g.dk().toFloats(), g.dv().toFloats()};
                    for (int i = 0; i < 4; i++) {
                        Numbers.assertSameBits(alone[i], Arrays.copyOfRange(packed[i], from, to), "text " + t + ", result " + i);
                    }
                }
            }
            for (float[] result : packed) {
                for (int i = STARTS[STARTS.length - 1] * HIDDEN; i < result.length; i++) {
                    assertEquals(0f, result[i], "dead element " + i);
                }
            }
            device.close();
        }
    }

    @Test
    void deadTokensAndEmptyTextsChangeNothingDropoutIncluded() {
        try (Device device = JvmDevice.open(1)) {
            float[][] inputs = inputs(false);
            float[][] roomy = packed(device, DType.F32, inputs, TOKENS, STARTS, MAX_LENGTH, 0.3f);
            float[][] tight = packed(device, DType.F32, inputs, 103, new int[] {0, 1, 1, 71, 84, 103}, MAX_LENGTH, 0.3f);
            for (int i = 0; i < 4; i++) {
                Numbers.assertSameBits(tight[i], Arrays.copyOf(roomy[i], 103 * HIDDEN), "result " + i);
            }
            assertTrue(!Arrays.equals(tight[0], packed(device, DType.F32, inputs, 103, new int[] {0, 1, 1, 71, 84, 103}, MAX_LENGTH, 0f)[0]));
            inputs[0][110 * HIDDEN] = Float.NaN;
            inputs[1][111 * HIDDEN] = Float.POSITIVE_INFINITY;
            inputs[2][112 * HIDDEN] = Float.NaN;
            float[][] dead = packed(device, DType.F32, inputs, TOKENS, STARTS, MAX_LENGTH, 0.3f);
            for (int i = 0; i < 4; i++) {
                Numbers.assertSameBits(roomy[i], dead[i], "result " + i);
            }
        }
    }

    @Test
    void slicesChangeNothingAndBothFormsAgree() {
        float[][] x = inputs(false);
        float[][] first = null;
        for (boolean tuned : new boolean[] {false, true}) {
            float[][] whole = kernels(tuned, x, Numbers.SLICINGS.getFirst());
            for (IntBinaryOperator slicing : Numbers.SLICINGS) {
                float[][] sliced = kernels(tuned, x, slicing);
                for (int i = 0; i < whole.length; i++) {
                    Numbers.assertSameBits(whole[i], sliced[i], "tuned " + tuned + ", result " + i);
                }
            }
            if (first == null) {
                first = whole;
            } else {
                for (int i = 0; i < whole.length; i++) {
                    double[] expected = new double[first[i].length];
                    Arrays.setAll(expected, new Doubles(first[i])::at);
                    Numbers.assertClose(expected, 2e-5, 1, whole[i], "result " + i);
                }
            }
        }
    }

    private record Doubles(float[] values) {
        double at(int i) {
            return values[i];
        }
    }

    /** out, rowMax, rowSum, dq, delta, dk, dv. */
    private static float[][] kernels(boolean tuned, float[][] x, IntBinaryOperator slicing) {
        FloatArray q = Numbers.floats(x[0]), k = Numbers.floats(x[1]), v = Numbers.floats(x[2]), dy = Numbers.floats(x[3]);
        IntArray random = IntArray.fromArray(SNAPSHOT), starts = IntArray.fromArray(STARTS);
        int rows = TOKENS * HEADS, n = TOKENS * HIDDEN, texts = STARTS.length - 1, t = Philox.keepThreshold(0.5f);
        FloatArray out = new FloatArray(n), max = new FloatArray(rows), sum = new FloatArray(rows), delta = new FloatArray(rows), dq = new FloatArray(n),
                dk = new FloatArray(n), dv = new FloatArray(n);
        if (tuned) {
            Numbers.inSlices(rows, slicing, (from, count) -> VarlenAttentionVector.varlenAttention(
                    q, k, v, starts, random, out, max, sum, texts, HEADS, D, MAX_LENGTH, 0.3f, t, 2f, from, count));
            Numbers.inSlices(rows, slicing, (from, count) -> VarlenAttentionVector.backwardQuery(
                    q, k, v, starts, random, max, sum, out, dy, dq, delta, texts, HEADS, D, MAX_LENGTH, 0.3f, t, 2f, from, count));
            Numbers.inSlices(rows, slicing, (from, count) -> VarlenAttentionVector.backwardKeyValue(
                    q, k, v, starts, random, max, sum, delta, dy, dk, dv, texts, HEADS, D, MAX_LENGTH, 0.3f, t, 2f, from, count));
        } else {
            Numbers.inSlices(rows, slicing, (from, count) -> VarlenAttention.varlenAttention(
                    q, k, v, starts, random, out, max, sum, texts, HEADS, D, MAX_LENGTH, 0.3f, t, 2f, from, count));
            Numbers.inSlices(rows, slicing, (from, count) -> VarlenAttention.backwardQuery(
                    q, k, v, starts, random, max, sum, out, dy, dq, delta, texts, HEADS, D, MAX_LENGTH, 0.3f, t, 2f, from, count));
            Numbers.inSlices(rows, slicing, (from, count) -> VarlenAttention.backwardKeyValue(
                    q, k, v, starts, random, max, sum, delta, dy, dk, dv, texts, HEADS, D, MAX_LENGTH, 0.3f, t, 2f, from, count));
        }
        return new float[][] {Numbers.values(out), Numbers.values(max), Numbers.values(sum), Numbers.values(dq), Numbers.values(delta), Numbers.values(dk),
            Numbers.values(dv)};
    }

    @Test
    void refusesWhatIsNoRowOfTexts() {
        try (Device device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(1, 6, 4), DType.F32);
            assertEquals("varlen_attention takes tensors of shape [tokens, hidden] or [1, tokens, hidden], not [2, 3, 4]",
                    refusal(Tensor.zeros(device, Shape.of(2, 3, 4), DType.F32), 2, 6, 0, 3));
            assertEquals("varlen_attention can't divide a hidden size of 4 among 3 heads", refusal(x, 3, 6, 0, 3));
            assertEquals("varlen_attention needs a largest length of 1 or more, not 0", refusal(x, 2, 0, 0, 3));
            assertEquals("varlen_attention needs the start and the end of a text at least, not starts of shape [1]", refusal(x, 2, 6, 0));
            String range = ": starts begin with 0 and never fall, and a text has up to 3 of the 6 tokens";
            assertEquals("varlen_attention: the start at index 0 is 1, but must be from 0 to 0" + range, refusal(x, 2, 3, 1, 3));
            assertEquals("varlen_attention: the start at index 2 is 1, but must be from 2 to 5" + range, refusal(x, 2, 3, 0, 2, 1));
            assertEquals("varlen_attention: the start at index 1 is 4, but must be from 0 to 3" + range, refusal(x, 2, 3, 0, 4));
            assertEquals("varlen_attention: the start at index 3 is 7, but must be from 5 to 6" + range, refusal(x, 2, 3, 0, 2, 5, 7));
        }
    }

    private static String refusal(Tensor x, int heads, int maxLength, int... starts) {
        Tensor bounds = Tensor.ofInts(x.device(), Shape.of(starts.length), starts);
        return assertThrows(IllegalArgumentException.class, () -> VarlenAttention.forward(x, x, x, bounds, heads, maxLength, 0f, null)).getMessage();
    }
}
