// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where finite differences say nothing: ties and kinks, numbers at the end of the range, padding, mixed types, misuse. */
class OpEdgeTest {
    private static final Device DEVICE = JvmDevice.open(2);
    private static final Device REFERENCE = JvmDevice.reference();
    private static final float LOWEST = -Float.MAX_VALUE;

    @AfterAll
    static void close() {
        DEVICE.close();
        REFERENCE.close();
    }

    static Stream<Device> devices() {
        return Stream.of(DEVICE, REFERENCE);
    }

    private static Variable leaf(Device device, Shape shape, float... values) {
        return Variable.leaf(Tensor.of(device, shape, values));
    }

    private static float[] gradient(Variable x, Variable y, float... dy) {
        x.zeroGrad();
        y.backward(Tensor.of(y.device(), y.shape(), y.dtype(), dy));
        return x.grad().toFloats();
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void aMaximumsGradientGoesToTheFirstOfEqualElements(Device device) {
        Variable x = leaf(device, Shape.of(2, 4), 1, 5, 5, 2, 7, 7, 7, 0);
        assertArrayEquals(new float[] {0, 10, 0, 0, 20, 0, 0, 0}, gradient(x, F.maxLast(x), 10, 20));
        assertArrayEquals(new float[] {0, 0, 0, 0, 3, 0, 0, 0}, gradient(x, F.max(x), 3));
        float[] many = new float[3000];
        many[1500] = 1;
        many[2999] = 1;
        Variable wide = leaf(device, Shape.of(3000), many);
        float[] expected = new float[3000];
        expected[1500] = 2;
        assertArrayEquals(expected, gradient(wide, F.max(wide), 2));
        Variable negative = leaf(device, Shape.of(3), -3, -1, -2);
        assertEquals(-1f, F.max(negative).data().item());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void reluHasNoGradientAtZero(Device device) {
        Variable x = leaf(device, Shape.of(4), -1, 0, -0f, 2);
        assertArrayEquals(new float[] {0, 0, 0, 1}, gradient(x, F.relu(x), 1, 1, 1, 1));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void largeArgumentsStayFinite(Device device) {
        Variable x = leaf(device, Shape.of(4), 1000, -1000, 30, -30);
        for (Variable y : new Variable[] {F.gelu(x), F.geluTanh(x)}) {
            assertArrayEquals(new float[] {1000, 0, 30, 0}, y.data().toFloats(), 1e-6f);
            assertArrayEquals(new float[] {1, 0, 1, 0}, gradient(x, y, 1, 1, 1, 1), 1e-6f);
        }
        assertArrayEquals(new float[] {1, -1, 1, -1}, F.tanh(x).data().toFloats());
        assertArrayEquals(new float[4], gradient(x, F.tanh(x), 1, 1, 1, 1), 1e-6f);
        assertArrayEquals(new float[] {1, 0, 0, 0}, F.softmax(x).data().toFloats());
        assertArrayEquals(new float[] {0, -2000, -970, -1030}, F.logSoftmax(x).data().toFloats());
        assertArrayEquals(new float[] {-3, 1, 1, 1}, gradient(x, F.logSoftmax(x), 1, 1, 1, 1));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void lossesOfLargeLogitsAreExact(Device device) {
        Variable logits = leaf(device, Shape.of(2, 2), 1000, -1000, 1000, -1000);
        Tensor labels = Tensor.ofInts(device, Shape.of(2), 0, 1);
        Tensor weights = Tensor.of(device, Shape.of(2), 1, 1);
        assertEquals(1000f, F.crossEntropy(logits, labels, weights).data().item());
        assertArrayEquals(new float[] {0, 0, 0.5f, -0.5f}, gradient(logits, F.crossEntropy(logits, labels, weights), 1));
        Variable one = leaf(device, Shape.of(2), 1000, -1000);
        Tensor targets = Tensor.of(device, Shape.of(2), 0, 1);
        assertEquals(1000f, F.binaryCrossEntropyWithLogits(one, targets, weights).data().item());
        assertArrayEquals(new float[] {0.5f, -0.5f}, gradient(one, F.binaryCrossEntropyWithLogits(one, targets, weights), 1));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void rowsOfWeightZeroAreNotThere(Device device) {
        Variable logits = leaf(device, Shape.of(3, 2), 1, 2, 0.5f, -1, 3, 3);
        Variable two = leaf(device, Shape.of(2, 2), 1, 2, 3, 3);
        Variable padded = F.crossEntropy(logits, Tensor.ofInts(device, Shape.of(3), 0, 1, 1), Tensor.of(device, Shape.of(3), 1, 0, 1));
        Variable plain = F.crossEntropy(two, Tensor.ofInts(device, Shape.of(2), 0, 1), Tensor.of(device, Shape.of(2), 1, 1));
        assertEquals(plain.data().item(), padded.data().item());
        float[] g = gradient(two, plain, 1);
        assertArrayEquals(new float[] {g[0], g[1], 0, 0, g[2], g[3]}, gradient(logits, padded, 1));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void paddedKeysGetNothingAndChangeNothing(Device device) {
        int seq = 9;
        int hidden = 6;
        float[] values = new float[seq * hidden];
        Random random = new Random(2);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        float[] mask = new float[seq];
        Arrays.fill(mask, 5, seq, LOWEST);
        Variable x = leaf(device, Shape.of(1, seq, hidden), values);
        Variable padded = attention(x, mask, 2, 0f, null);
        Variable shorter = leaf(device, Shape.of(1, 5, hidden), Arrays.copyOf(values, 5 * hidden));
        Variable exact = attention(shorter, new float[5], 2, 0f, null);
        assertArrayEquals(exact.data().toFloats(), Arrays.copyOf(padded.data().toFloats(), 5 * hidden), 1e-6f);
        float[] dy = new float[seq * hidden];
        Arrays.fill(dy, 0, 5 * hidden, 1f);
        float[] dx = gradient(x, padded, dy);
        assertArrayEquals(gradient(shorter, exact, Arrays.copyOf(dy, 5 * hidden)), Arrays.copyOf(dx, 5 * hidden), 1e-5f);
        assertArrayEquals(new float[4 * hidden], Arrays.copyOfRange(dx, 5 * hidden, seq * hidden), "padding gets no gradient");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void aSequenceOfPaddingOnlyStaysFinite(Device device) {
        float[] values = new float[2 * 3 * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 7 - 3;
        }
        for (float hole : new float[] {LOWEST, Float.NEGATIVE_INFINITY, -10_000f}) {
            Variable x = leaf(device, Shape.of(2, 3, 4), values);
            Variable y = attention(x, new float[] {0, 0, 0, hole, hole, hole}, 2, 0f, null);
            float[] dy = new float[values.length];
            Arrays.fill(dy, 1f);
            for (float v : y.data().toFloats()) {
                assertTrue(Float.isFinite(v), "result " + v + " under a mask of " + hole);
            }
            for (float v : gradient(x, y, dy)) {
                assertTrue(Float.isFinite(v), "gradient " + v + " under a mask of " + hole);
            }
        }
    }

    private static Variable attention(Variable x, float[] mask, int heads, float p, RandomState random) {
        Tensor m = Tensor.of(x.device(), Shape.of(x.shape().dim(0), x.shape().dim(1)), mask);
        return F.scaledDotProductAttention(x, x, x, m, heads, p, random);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void halfGradientsThatOverflowBecomeInfinite(Device device) {
        // GradScaler relies on this: an overflow in half must show, not saturate.
        Variable x = Variable.leaf(Tensor.of(device, Shape.of(2), DType.F16, 1, 2));
        float[] g = gradient(x, F.scale(x, 40_000f), 3, 1);
        assertEquals(Float.POSITIVE_INFINITY, g[0]);
        assertEquals(40_000f, g[1]);
    }

    @Test
    void attentionDropsTheStatedShare() {
        int seq = 64;
        RandomState random = new RandomState(DEVICE, 3);
        float[] identity = new float[2 * seq * seq];
        for (int i = 0; i < identity.length; i++) {
            identity[i] = i / seq % seq == i % seq ? 1f : 0f;
        }
        Variable zeros = Variable.constant(Tensor.zeros(DEVICE, Shape.of(2, seq, seq), DType.F32));
        Variable v = Variable.constant(Tensor.of(DEVICE, Shape.of(2, seq, seq), identity));
        Tensor mask = Tensor.zeros(DEVICE, Shape.of(2, seq), DType.F32);
        float[] out = F.scaledDotProductAttention(zeros, zeros, v, mask, 1, 0.2f, random).data().toFloats();
        int kept = 0;
        for (float o : out) {
            assertTrue(o == 0f || Math.abs(o * seq - 1.25f) < 1e-5f, "probability " + o);
            kept += o == 0f ? 0 : 1;
        }
        assertEquals(0.8 * out.length, kept, 5 * Math.sqrt(out.length * 0.8 * 0.2));
        assertEquals(1, random.counter());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void clampKeepsNaNAndItsLimitsTakeTheGradient(Device device) {
        float inf = Float.POSITIVE_INFINITY;
        for (DType dtype : new DType[] {DType.F32, DType.F16}) {
            Variable x = Variable.leaf(Tensor.of(device, Shape.of(6), dtype, Float.NaN, -inf, -1, 0, 2, inf));
            assertArrayEquals(new float[] {Float.NaN, -1, -1, 0, 2, 2}, F.clamp(x, -1, 2).data().toFloats());
            assertArrayEquals(new float[] {0, 0, 3, 4, 5, 0}, gradient(x, F.clamp(x, -1, 2), 1, 2, 3, 4, 5, 6));
            assertArrayEquals(new float[] {Float.NaN, -inf, -1, 0, 2, inf}, F.clamp(x, -inf, inf).data().toFloats());
            assertArrayEquals(new float[] {0, 2, 3, 4, 5, 6}, gradient(x, F.clamp(x, -inf, inf), 1, 2, 3, 4, 5, 6), "as PyTorch's, none for NaN");
            assertArrayEquals(new float[] {Float.NaN, 1, 1, 1, 1, 1}, F.clamp(x, 3, 1).data().toFloats(), "the upper limit wins");
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void sigmoidAndSiluBearTheEndsOfTheRange(Device device) {
        float inf = Float.POSITIVE_INFINITY;
        Variable x = leaf(device, Shape.of(5), -inf, -1e30f, 1e30f, inf, Float.NaN);
        assertArrayEquals(new float[] {0, 0, 1, 1, Float.NaN}, F.sigmoid(x).data().toFloats());
        assertArrayEquals(new float[] {0, 0, 0, 0, Float.NaN}, gradient(x, F.sigmoid(x), 1, 1, 1, 1, 1));
        assertArrayEquals(new float[] {Float.NaN, -0f, 1e30f, inf, Float.NaN}, F.silu(x).data().toFloats(), "PyTorch's, too, has -inf * 0");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void gatheredTwiceAddsUp(Device device) {
        Variable x = leaf(device, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        Tensor index = Tensor.ofInts(device, Shape.of(2, 4), 0, 2, 0, 1, 2, 1, 1, 1);
        assertArrayEquals(new float[] {1, 3, 1, 2, 6, 5, 5, 5}, F.gather(x, 1, index).data().toFloats());
        assertArrayEquals(new float[] {5, 8, 2, 0, 210, 16}, gradient(x, F.gather(x, 1, index), 1, 2, 4, 8, 16, 30, 60, 120));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void ofEqualMaximaOverDimsOneGetsTheGradient(Device device) {
        Variable x = leaf(device, Shape.of(2, 2, 2), 5, 1, 5, Float.NaN, 0, 2, 7, 2);
        assertArrayEquals(new float[] {5, Float.NaN, 7, 2}, F.max(x, new int[] {1}, false).data().toFloats());
        assertArrayEquals(new float[] {1, 0, 0, 10, 0, 1000, 100, 0}, gradient(x, F.max(x, new int[] {1}, false), 1, 10, 100, 1000));
        assertEquals(Shape.of(1, 2, 1), F.max(x, new int[] {0, -1}, true).shape());
        assertArrayEquals(new float[] {1, 0, 0, 10, 0, 0, 0, 0}, gradient(x, F.max(x, new int[] {0, -1}, true), 1, 10));
        assertEquals(Shape.of(), F.sum(x, new int[] {}, false).shape(), "no dims are all");
    }

    @Test
    void aQuotientByZeroIsIeees() {
        Variable x = leaf(DEVICE, Shape.of(3), 1, -1, 0);
        float[] y = F.div(x, leaf(DEVICE, Shape.of(), 0)).data().toFloats();
        assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN}, y);
    }

    @Test
    void castingToTheSameTypeIsTheVariableItself() {
        Variable x = leaf(DEVICE, Shape.of(2), 1, 2);
        assertSame(x, F.cast(x, DType.F32));
    }

    @Test
    void misuseIsRefusedWithBothShapes() {
        Variable a = leaf(DEVICE, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        Variable b = leaf(DEVICE, Shape.of(2, 2), 1, 2, 3, 4);
        assertRefused(() -> F.add(a, b), "[2, 3]", "[2, 2]");
        assertRefused(() -> F.sub(a, b), "[2, 3]", "[2, 2]");
        assertRefused(() -> F.mul(a, b), "[2, 3]", "[2, 2]");
        assertRefused(() -> F.div(a, b), "div", "[2, 3]", "[2, 2]");
        assertRefused(() -> F.mseLoss(a, b), "mse_loss", "[2, 3]", "[2, 2]");
        assertRefused(() -> F.clamp(a, Float.NaN, 1), "clamp", "NaN");
        assertRefused(() -> F.clamp(a, 0, Float.NEGATIVE_INFINITY), "clamp", "-Infinity");
        assertRefused(() -> F.sum(a, new int[] {2}, false), "sum", "2", "[2, 3]");
        assertRefused(() -> F.mean(a, new int[] {1, -1}, false), "mean", "[1, -1]", "[2, 3]");
        assertRefused(() -> F.cat(List.of(), 0), "cat");
        assertRefused(() -> F.cat(List.of(a, b), 0), "cat", "[2, 3]", "[2, 2]");
        assertRefused(() -> F.cat(List.of(a, leaf(DEVICE, Shape.of(3), 1, 2, 3)), 0), "cat", "[3]");
        assertRefused(() -> F.cat(List.of(a, F.cast(a, DType.F16)), 0), "cat", "F16");
        assertRefused(() -> F.slice(a, 1, 2, 2), "slice", "empty", "[2, 3]");
        assertRefused(() -> F.slice(a, -3, 0, 1), "slice", "-3", "[2, 3]");
        assertRefused(() -> F.gather(a, 1, a.data()), "gather", "I32");
        assertRefused(() -> F.gather(a, 1, Tensor.ofInts(DEVICE, Shape.of(2), 0, 1)), "gather", "rank 2", "[2]");
        assertRefused(() -> F.gather(a, 1, Tensor.ofInts(DEVICE, Shape.of(3, 1), 0, 1, 1)), "gather", "[2, 1]", "[3, 1]");
        assertRefused(() -> F.matmul(a, a), "[2, 3]");
        assertRefused(() -> F.linear(a, b, null), "[2, 3]", "[2, 2]");
        assertRefused(() -> F.linear(a, leaf(DEVICE, Shape.of(1, 3), 1, 2, 3), leaf(DEVICE, Shape.of(2), 1, 2)), "linear", "[1, 3]", "[2]");
        assertRefused(() -> F.linear(a, a, leaf(DEVICE, Shape.of(), 1)), "linear", "[]");
        assertRefused(() -> F.layerNorm(a, leaf(DEVICE, Shape.of(2), 1, 2), leaf(DEVICE, Shape.of(2), 1, 2), 1e-5f), "[3]", "[2]");
        assertRefused(() -> F.embedding(leaf(DEVICE, Shape.of(3), 1, 2, 3), Tensor.ofInts(DEVICE, Shape.of(1), 0)), "embedding");
        assertRefused(() -> F.embedding(a, a.data()), "embedding", "I32");
        assertRefused(() -> F.permute(a, 0, 0), "permute", "[2, 3]");
        assertRefused(() -> F.permute(a, 0), "permute", "[2, 3]");
        assertRefused(() -> F.reshape(a, 4), "[2, 3]", "[4]");
        assertRefused(() -> F.selectFirst(a), "select_first", "[2, 3]");
        assertRefused(() -> F.sumLast(leaf(DEVICE, Shape.of(), 1)), "sum");
        assertRefused(() -> F.cast(a, DType.I32), "cast", "I32");
        assertRefused(() -> F.crossEntropy(a, Tensor.ofInts(DEVICE, Shape.of(3), 0, 1, 1), Tensor.of(DEVICE, Shape.of(2), 1, 1)), "cross_entropy");
        assertRefused(() -> F.binaryCrossEntropyWithLogits(a, a.data(), a.data()), "bce_with_logits", "[2, 3]");
        assertRefused(() -> F.add(a, Variable.constant(Tensor.of(DEVICE, Shape.of(2, 3), DType.F16, 1, 2, 3, 4, 5, 6))), "add", "F16");
        Variable x = leaf(DEVICE, Shape.of(1, 2, 3), 1, 2, 3, 4, 5, 6);
        assertRefused(() -> attention(x, new float[2], 2, 0f, null), "attention", "3", "2 heads");
        assertRefused(() -> attention(x, new float[2], 1, 0.5f, null), "attention", "random");
        assertRefused(() -> F.dropout(x, 0.5f, null), "dropout", "random");
        assertRefused(() -> attention(x, new float[2], 1, 1.5f, new RandomState(DEVICE, 1)), "1.5");
    }

    private static void assertRefused(Executable call, String... words) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), "'" + word + "' is not in: " + message);
        }
    }
}
