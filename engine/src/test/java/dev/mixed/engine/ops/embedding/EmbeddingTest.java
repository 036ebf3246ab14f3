// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.embedding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class EmbeddingTest {
    /** Few rows and many tokens, so that most ids repeat. */
    @ParameterizedTest
    @CsvSource({"1,1,1", "5,3,17", "7,13,64", "3,128,500", "50,33,207", "11,17,127", "200,130,9"})
    void gatherAndScatterAdd(int vocab, int hidden, int tokens) {
        Random random = new Random(vocab);
        float[] weight = Numbers.normal(random, vocab * hidden, 1, false);
        float[] dy = Numbers.normal(random, tokens * hidden, 1, true);
        float[] before = Numbers.normal(random, vocab * hidden, 1, false);
        int[] ids = random.ints(tokens, 0, vocab).toArray();
        float[] rows = new float[tokens * hidden];
        float[] sums = new float[vocab * hidden];
        float[] added = before.clone();
        double[] exact = new double[vocab * hidden];
        for (int t = 0; t < tokens; t++) {
            for (int j = 0; j < hidden; j++) {
                rows[t * hidden + j] = weight[ids[t] * hidden + j];
                sums[ids[t] * hidden + j] += dy[t * hidden + j];
                added[ids[t] * hidden + j] += dy[t * hidden + j];
                exact[ids[t] * hidden + j] += dy[t * hidden + j];
            }
        }
        Numbers.assertClose(exact, 1e-5, tokens, sums, "float sums in token order");
        OnDevices.run((device, what) -> {
            Tensor w = Tensor.of(device, Shape.of(vocab, hidden), weight);
            Tensor i = Tensor.ofInts(device, Shape.of(1, tokens), ids);
            Tensor y = Embedding.forward(w, i);
            assertEquals(Shape.of(1, tokens, hidden), y.shape());
            assertArrayEquals(rows, y.toFloats(), what);
            Tensor half = Embedding.forward(w, i, DType.F16);
            assertEquals(DType.F16, half.dtype());
            float[] rounded = rows.clone();
            for (int e = 0; e < rounded.length; e++) {
                rounded[e] = OnDevices.rounded(rounded[e], true);
            }
            assertArrayEquals(rounded, half.toFloats(), what);
            for (DType dtype : new DType[] {DType.F32, DType.F16}) {
                Tensor gradient = Tensor.of(device, Shape.of(1, tokens, hidden), dtype, dy);
                Tensor fresh = Tensor.empty(device, Shape.of(vocab, hidden), DType.F32);
                Embedding.backwardInto(fresh, i, gradient, false);
                assertArrayEquals(sums, fresh.toFloats(), what + ": the same sums in the same order");
                Tensor table = Tensor.of(device, Shape.of(vocab, hidden), before);
                Embedding.backwardInto(table, i, gradient, true);
                assertArrayEquals(added, table.toFloats(), what);
                Embedding.backwardInto(table, i, gradient, false);
                assertArrayEquals(sums, table.toFloats(), what);
            }
        });
    }

    @Test
    void idsOutsideTheTableReadZerosAndWriteNothing() {
        OnDevices.run((device, what) -> {
            Tensor w = Tensor.of(device, Shape.of(2, 2), 1, 2, 3, 4);
            Tensor ids = Tensor.ofInts(device, Shape.of(5), 0, -1, 2, Integer.MAX_VALUE, 1);
            assertArrayEquals(new float[] {1, 2, 0, 0, 0, 0, 0, 0, 3, 4}, Embedding.forward(w, ids).toFloats(), what);
            assertArrayEquals(new float[] {1, 2, 0, 0, 0, 0, 0, 0, 3, 4}, Embedding.forward(w, ids, DType.F16).toFloats(), what);
            Tensor dy = Tensor.of(device, Shape.of(5, 2), 1, 1, 2, 2, 3, 3, 4, 4, 5, 5);
            Embedding.backwardInto(w, ids, dy, true);
            assertArrayEquals(new float[] {2, 3, 8, 9}, w.toFloats(), what);
        });
    }

    @Test
    void slicingAndTuningChangeNoBit() {
        for (int hidden : new int[] {1, 13, 16, 33, 128}) {
            Random random = new Random(hidden);
            FloatArray weight = Numbers.floats(Numbers.normal(random, 20 * hidden, 1, false));
            FloatArray dy = Numbers.floats(Numbers.normal(random, 90 * hidden, 1, false));
            IntArray ids = new IntArray(90);
            for (int t = 0; t < 90; t++) {
                ids.set(t, random.nextInt(22) - 1);
            }
            FloatArray y = new FloatArray(90 * hidden);
            FloatArray table = new FloatArray(20 * hidden);
            Embedding.gather(weight, ids, y, 20, hidden, 0, 90);
            float[] rows = Numbers.values(y);
            Embedding.scatterAdd(table, ids, dy, 90, 20, hidden, 0, hidden);
            float[] sums = Numbers.values(table);
            for (var slicing : Numbers.SLICINGS) {
                y.clear();
                table.clear();
                Numbers.inSlices(90, slicing, (from, count) -> EmbeddingVector.gather(weight, ids, y, 20, hidden, from, count));
                Numbers.assertSameBits(rows, Numbers.values(y), "gather");
                Numbers.inSlices(hidden, slicing, (from, count) -> EmbeddingVector.scatterAdd(table, ids, dy, 90, 20, hidden, from, count));
                Numbers.assertSameBits(sums, Numbers.values(table), "scatterAdd");
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor w = Tensor.zeros(device, Shape.of(4, 3), DType.F32);
            Tensor ids = Tensor.zeros(device, Shape.of(2), DType.I32);
            assertThrows(IllegalArgumentException.class, () -> Embedding.forward(w, w));
            assertThrows(IllegalArgumentException.class, () -> Embedding.forward(w.reshape(12), ids));
            String message = assertThrows(IllegalArgumentException.class,
                    () -> Embedding.backwardInto(w, ids, Tensor.zeros(device, Shape.of(3, 3), DType.F32), false)).getMessage();
            assertTrue(message.contains("embedding_backward") && message.contains("[3, 3]") && message.contains("[4, 3]"), message);
        }
    }
}
