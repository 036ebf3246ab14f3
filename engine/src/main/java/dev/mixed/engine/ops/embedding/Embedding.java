// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.embedding;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.halfforms.AlsoHalf;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Rows of a table by id, and the gradient that adds each row back to where it came from.
 *
 * <p>Callers check ids on the host. An id outside the table reads as a row of zeros here and receives no gradient; nothing outside the table
 * is touched.
 */
public final class Embedding {
    static final KernelPair FORWARD = new KernelPair(Kernel.of("embedding.f32", Embedding::gather, () -> EmbeddingVector::gather),
            Kernel.of("embedding.f16", EmbeddingHalf::gather, () -> EmbeddingVector::gatherHalf)).named(Forward.class);
    static final KernelPair BACKWARD = new KernelPair(Kernel.of("embedding_backward.f32", Embedding::scatterAdd, () -> EmbeddingVector::scatterAdd),
            Kernel.of("embedding_backward.f16", EmbeddingHalf::scatterAdd, () -> EmbeddingVector::scatterAddHalf)).named(Backward.class);

    private Embedding() {
    }

    /** The arguments of {@link #FORWARD}. */
    record Forward(Buffer weight, Buffer ids, Buffer y, int vocabulary, int hidden) {
    }

    /** The arguments of {@link #BACKWARD}. */
    record Backward(Buffer dWeight, Buffer ids, Buffer dy, int tokens, int vocabulary, int hidden) {
    }

    /**
     * The rows of {@code weight} that {@code ids} name.
     *
     * @param weight F32 [vocabulary, hidden]
     * @param ids    I32 [..]
     * @return F32 [.., hidden]
     */
    public static Tensor forward(Tensor weight, Tensor ids) {
        return forward(weight, ids, DType.F32);
    }

    /** {@link #forward(Tensor, Tensor)}, with the rows stored in {@code dtype}, F32 or F16. */
    public static Tensor forward(Tensor weight, Tensor ids, DType dtype) {
        int hidden = checkTable("embedding", weight, ids);
        int[] dims = Arrays.copyOf(ids.shape().toArray(), ids.shape().rank() + 1);
        dims[dims.length - 1] = hidden;
        Tensor y = Tensor.empty(weight.device(), Shape.of(dims), dtype);
        OpCheck.floating("embedding", y);
        FORWARD.of(dtype).launch().read(weight).read(ids).write(y).ints(weight.shape().dim(0), hidden).over(ids.shape().elements(), hidden);
        return y;
    }

    /**
     * dWeight[ids[t]] += dy[t] for every t in order, so that repeated ids always add up the same way.
     *
     * @param dWeight    F32 [vocabulary, hidden]
     * @param ids        I32 [..]
     * @param dy         F32 or F16 [.., hidden]
     * @param accumulate false: the whole table is set to zero first
     */
    public static void backwardInto(Tensor dWeight, Tensor ids, Tensor dy, boolean accumulate) {
        int hidden = checkTable("embedding_backward", dWeight, ids);
        OpCheck.floating("embedding_backward", dy);
        int tokens = ids.shape().elements();
        if (dy.shape().last() != hidden || dy.shape().rows() != tokens) {
            throw new IllegalArgumentException("embedding_backward takes a gradient of ids' shape and the table's row size, not "
                    + dy.shape() + " for ids " + ids.shape() + " and table " + dWeight.shape());
        }
        if (!accumulate) {
            Elementwise.fillInto(dWeight, 0f);
        }
        BACKWARD.of(dy.dtype()).launch().update(dWeight).read(ids).read(dy).ints(tokens, dWeight.shape().dim(0), hidden).over(hidden, tokens);
    }

    /** Refuses a table and ids of other shapes or types than {@link #forward(Tensor, Tensor)} takes. */
    public static void check(Tensor weight, Tensor ids) {
        checkTable("embedding", weight, ids);
    }

    private static int checkTable(String op, Tensor weight, Tensor ids) {
        OpCheck.rank(op, weight.require(op, DType.F32), 2);
        ids.require(op, DType.I32);
        return weight.shape().dim(1);
    }

    /** y[t] = weight[ids[t]]; one id per index. */
    public static void gather(FloatArray weight, IntArray ids, @AlsoHalf FloatArray y, int vocabulary, int hidden, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int t = from + i;
            int id = ids.get(t);
            boolean inside = id >= 0 && id < vocabulary;
            for (int j = 0; j < hidden; j++) {
                float v = 0f;
                if (inside) {
                    v = weight.get(id * hidden + j);
                }
                y.set(t * hidden + j, v);
            }
        }
    }

    /** dWeight[ids[t]][j] += dy[t][j]; one column j per index, which makes additions to one element follow in the order of t. */
    public static void scatterAdd(FloatArray dWeight, IntArray ids, @AlsoHalf FloatArray dy, int tokens, int vocabulary, int hidden, int from,
            int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int j = from + i;
            for (int t = 0; t < tokens; t++) {
                int id = ids.get(t);
                if (id >= 0 && id < vocabulary) {
                    int e = id * hidden + j;
                    dWeight.set(e, dWeight.get(e) + dy.get(t * hidden + j));
                }
            }
        }
    }
}
