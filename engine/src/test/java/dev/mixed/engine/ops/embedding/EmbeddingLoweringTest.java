// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Embeddings and their tables' gradients on a GPU, against the reference kernels. */
class EmbeddingLoweringTest {
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void rowsByIdAndZerosForOthers(DType dtype) {
        Random random = new Random(5);
        int[] ids = random.ints(37, -1, 12).toArray();
        for (int hidden : new int[] {1, 13, 207}) {
            List<String> ran = Lowered.check(d -> {
                Tensor weight = Lowered.normal(d, DType.F32, 1, 11, hidden);
                Tensor tokens = Tensor.ofInts(d, Shape.of(37), ids);
                return () -> List.of(Embedding.forward(weight, tokens, dtype));
            }, 0);
            assertEquals(List.of("gpu.embedding" + Lowered.suffix(dtype)), ran);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void gradientOfDistinctIds(DType dtype) {
        gradient(dtype, 13, 20, 207, t -> 19 - t);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void gradientOfRepeatedAndForeignIds(DType dtype) {
        Random random = new Random(6);
        gradient(dtype, 300, 40, 13, _ -> random.nextInt(-1, 42));
        gradient(dtype, 300, 5000, 130, _ -> random.nextInt(5000));
    }

    /** Sentences that start and end with the same ids and are mostly padding. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void gradientOfPaddedSentences(DType dtype) {
        Random random = new Random(7);
        gradient(dtype, 16 * 24, 100, 33, t -> t % 24 == 0 ? 3 : t % 24 < 9 ? random.nextInt(4, 100) : t % 24 == 9 ? 2 : 0);
        gradient(dtype, 207, 100, 1, _ -> 7);
        gradient(dtype, 1, 100, 5, _ -> 7);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void gradientOfATableOfTwoRows(DType dtype) {
        assertEquals(List.of("gpu.fill.f32", "gpu.sum_columns_by_id" + Lowered.suffix(dtype), "gpu.sum_chunks"),
                gradient(dtype, 300, 2, 70, t -> t % 24 < 9 ? 0 : 1));
        gradient(dtype, 13, 2, 1, _ -> 0);
        gradient(dtype, 13, 2, 65, t -> t - 5);
    }

    private static List<String> gradient(DType dtype, int tokens, int vocabulary, int hidden, IntUnaryOperator id) {
        int[] ids = new int[tokens];
        for (int t = 0; t < tokens; t++) {
            ids[t] = id.applyAsInt(t);
        }
        gradient(dtype, ids, vocabulary, hidden, true);
        return gradient(dtype, ids, vocabulary, hidden, false);
    }

    private static List<String> gradient(DType dtype, int[] ids, int vocabulary, int hidden, boolean accumulate) {
        return Lowered.check(d -> {
            Tensor table = Lowered.normal(d, DType.F32, 1, vocabulary, hidden);
            Tensor dy = Lowered.normal(d, dtype, 2, ids.length, hidden);
            Tensor tokens = Tensor.ofInts(d, Shape.of(ids.length), ids);
            return () -> {
                Embedding.backwardInto(table, tokens, dy, accumulate);
                return List.of(table);
            };
        }, 1e-5);
    }
}
