// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FOLLOWS;
import static dev.mixed.opcases.Draw.floats;
import static dev.mixed.opcases.Draw.ids;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.embedding.Embedding;
import java.util.List;

/** Lookups in tables. */
final class EmbeddingOps {
    private static final int[][] TABLES = {{1, 1}, {7, 3}, {33, 17}, {13, 65}, {257, 129}};
    private static final int[][] IDS = {{1}, {5}, {2, 3}, {65}, {2, 1, 7}, {3, 67}};

    private EmbeddingOps() {
    }

    static List<OpSpec> all() {
        return List.of(embedding());
    }

    private static OpSpec embedding() {
        OpSpec embedding = op("embedding(Variable,Tensor)", "embedding", FOLLOWS)
                .call(in -> F.embedding(in.var(0), in.tensor(1)))
                .reference(x -> Reference.embedding(x.get(0), x.get(1), x.last(0)))
                .torch("torch.embedding(a, b)")
                .torchInFloatAlone();
        for (int[] table : TABLES) {
            embedding.each(IDS, s -> inputs(floats(table), ids(table[0], s)));
        }
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            embedding.kernels(kernels(dtype, 11, 5, 13)).kernels(kernels(dtype, 30522, 768, 16 * 128)).kernels(kernels(dtype, 2, 768, 16 * 128));
        }
        return embedding.selfCheck(kernels(DType.F16, 5, 64, 6));
    }

    /** Rows as {@code dtype}; the table's gradient anew, and for ids that repeat added to what is there. */
    private static GpuCase kernels(DType dtype, int vocab, int hidden, int tokens) {
        return new GpuCase("embedding " + dtype + " [" + vocab + ", " + hidden + "] at " + tokens, GpuCase.tolerance(dtype), in -> {
            Tensor table = in.normal(DType.F32, vocab, hidden);
            Tensor ids = in.ints(vocab, tokens);
            Tensor few = in.ints(2, tokens);
            Tensor dy = in.normal(dtype, tokens, hidden);
            Tensor gradient = Tensor.zeros(in.device(), Shape.of(vocab, hidden), DType.F32);
            Tensor repeated = in.normal(DType.F32, vocab, hidden);
            Embedding.backwardInto(gradient, ids, dy, false);
            Embedding.backwardInto(repeated, few, dy, true);
            return List.of(Embedding.forward(table, ids, dtype), gradient, repeated);
        });
    }
}
