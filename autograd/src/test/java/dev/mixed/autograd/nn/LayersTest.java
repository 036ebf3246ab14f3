// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What the layers compute, on numbers that can be followed by hand. */
class LayersTest {
    private static final Device DEVICE = JvmDevice.open(1);
    private final Initializer init = new Initializer(DEVICE, 7);

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    private static Variable constant(Shape shape, float... values) {
        return Variable.constant(Tensor.of(DEVICE, shape, values));
    }

    @Test
    void linearIsXTimesWeightTransposedPlusBias() {
        Linear linear = new Linear(init, 3, 2, 0.02f);
        Parameter weight = linear.namedParameters().get("weight");
        Parameter bias = linear.namedParameters().get("bias");
        assertEquals(Shape.of(2, 3), weight.shape());
        assertArrayEquals(new float[2], bias.data().toFloats(), "biases start at 0");
        weight.data().write(1f, 2f, 3f, 4f, 5f, 6f);
        bias.data().write(10f, 20f);
        Variable y = linear.forward(constant(Shape.of(2, 1, 3), 1, 0, -1, 2, 2, 2));
        assertEquals(Shape.of(2, 1, 2), y.shape());
        assertArrayEquals(new float[] {8, 18, 22, 50}, y.data().toFloats());
        F.sum(y).backward();
        assertArrayEquals(new float[] {3, 2, 1, 3, 2, 1}, weight.grad().toFloats());
        assertArrayEquals(new float[] {2, 2}, bias.grad().toFloats());
    }

    @Test
    void embeddingLooksRowsUp() {
        Embedding embedding = new Embedding(init, 4, 2, 0.02f, 0);
        float[] start = embedding.weight().data().toFloats();
        assertArrayEquals(new float[2], Arrays.copyOf(start, 2), "the padding row starts as zeros");
        for (int i = 2; i < start.length; i++) {
            assertTrue(start[i] != 0f, "other rows do not");
        }
        embedding.weight().data().write(0f, 0f, 1f, 2f, 3f, 4f, 5f, 6f);
        Variable y = embedding.forward(Tensor.ofInts(DEVICE, Shape.of(1, 3), 3, 1, 3));
        assertEquals(Shape.of(1, 3, 2), y.shape());
        assertArrayEquals(new float[] {5, 6, 1, 2, 5, 6}, y.data().toFloats());
        y.backward(Tensor.of(DEVICE, Shape.of(1, 3, 2), 1, 2, 3, 4, 5, 6));
        assertArrayEquals(new float[] {0, 0, 3, 4, 0, 0, 6, 8}, embedding.weight().grad().toFloats());
    }

    @Test
    void paddingRowIsTheOnlyDifference() {
        float[] with = new Embedding(new Initializer(DEVICE, 3), 5, 3, 1f, 2).weight().data().toFloats();
        float[] without = new Embedding(new Initializer(DEVICE, 3), 5, 3, 1f, -1).weight().data().toFloats();
        Arrays.fill(without, 6, 9, 0f);
        assertArrayEquals(without, with);
        String message = assertThrows(IllegalArgumentException.class, () -> new Embedding(init, 5, 3, 1f, 5)).getMessage();
        assertTrue(message.contains("5 rows"), message);
    }

    @Test
    void layerNormStartsAsPlainNormalisation() {
        LayerNorm norm = new LayerNorm(init, 4, 0f);
        assertArrayEquals(new float[] {1, 1, 1, 1}, norm.namedParameters().get("weight").data().toFloats());
        assertArrayEquals(new float[4], norm.namedParameters().get("bias").data().toFloats());
        // Mean 2, variance 1.
        float[] y = norm.forward(constant(Shape.of(1, 4), 1, 3, 1, 3)).data().toFloats();
        assertArrayEquals(new float[] {-1, 1, -1, 1}, y, 1e-6f);
        norm.namedParameters().get("weight").data().write(1f, 2f, 3f, 4f);
        norm.namedParameters().get("bias").data().write(10f, 20f, 30f, 40f);
        y = norm.forward(constant(Shape.of(1, 4), 1, 3, 1, 3)).data().toFloats();
        assertArrayEquals(new float[] {9, 22, 27, 44}, y, 1e-5f);
        // eps is added to the variance: 1 / sqrt(1 + 3) = 1/2.
        y = new LayerNorm(init, 4, 3f).forward(constant(Shape.of(1, 4), 1, 3, 1, 3)).data().toFloats();
        assertArrayEquals(new float[] {-0.5f, 0.5f, -0.5f, 0.5f}, y, 1e-6f);
    }

    @Test
    void dropoutActsInTrainingOnly() {
        RandomState random = new RandomState(DEVICE, 11);
        Dropout dropout = new Dropout(0.25f, random);
        int n = 20_000;
        float[] ones = new float[n];
        Arrays.fill(ones, 1f);
        Variable x = Variable.leaf(Tensor.of(DEVICE, Shape.of(n), ones));
        float[] first = dropout.forward(x).data().toFloats();
        int kept = 0;
        for (float v : first) {
            assertTrue(v == 0f || Math.abs(v - 4f / 3f) < 1e-6f, "dropped or scaled by 1/(1-p), not " + v);
            kept += v == 0f ? 0 : 1;
        }
        // Five standard deviations of a binomial count.
        assertEquals(0.75 * n, kept, 5 * Math.sqrt(n * 0.75 * 0.25));
        assertFalse(Arrays.equals(first, dropout.forward(x).data().toFloats()), "each call draws a new mask");
        assertEquals(2, random.counter());
        dropout.eval();
        assertSame(x, dropout.forward(x));
        assertEquals(2, random.counter(), "evaluation draws nothing");
        dropout.train();
        random.restore(11, 0);
        Variable again = dropout.forward(x);
        assertArrayEquals(first, again.data().toFloats(), "the same state gives the same mask");
        again.backward(Tensor.of(DEVICE, Shape.of(n), ones));
        assertArrayEquals(first, x.grad().toFloats(), "the backward pass uses the forward's mask");
    }

    @Test
    void dropoutProbabilityIsChecked() {
        RandomState random = new RandomState(DEVICE, 1);
        for (float p : new float[] {-0.1f, 1f, Float.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> new Dropout(p, random));
        }
        Variable x = constant(Shape.of(2), 1, 2);
        assertSame(x, new Dropout(0f, random).forward(x));
        for (float p : new float[] {-0.1f, 1.1f, Float.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> F.dropout(x, p, random));
        }
    }
}
