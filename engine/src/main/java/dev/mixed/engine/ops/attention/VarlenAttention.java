// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.attention.Attention.Gradients;
import dev.mixed.engine.ops.attention.Attention.Result;
import dev.mixed.engine.ops.random.Philox;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.halfforms.AlsoHalf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * {@link Attention} of texts of different lengths that stand one after the other in one row of tokens, as PyTorch's {@code varlen_attn} has it: each
 * query attends to the keys of its own text, and nothing is computed for padding.
 *
 * <p>{@code starts}, PyTorch's {@code cu_seqlens}, says where: text t has the tokens from starts[t] to starts[t + 1] - 1. It may have fewer texts than
 * there is room for, the places behind them repeating the last end, and fewer tokens than the row: tokens behind the last text are dead, which get
 * zeros, as results and as gradients, so that no sum over tokens notices them.
 *
 * <p><em>Rows</em>, the numbers per query such as {@code rowSum}, are [heads, length] for each text, one text after the other: query i of head h of text t
 * has the number starts[t] heads + h length + i, and dead token t's head h has t heads + h. Dropout numbers the probability of key j in a row by
 * row maxLength + j, whatever the lengths of other texts are.
 */
public final class VarlenAttention {
    /** Attention of each query to the keys of its text. */
    static final KernelPair FORWARD = new KernelPair(
            Kernel.of("varlen_attention.f32", VarlenAttention::varlenAttention, () -> VarlenAttentionVector::varlenAttention),
            Kernel.of("varlen_attention.f16", VarlenAttentionHalf::varlenAttention, () -> VarlenAttentionVector::varlenAttentionHalf)).named(Forward.class);
    /** The gradient of queries, which a launch of {@link #BACKWARD_KEY_VALUE} follows. */
    static final KernelPair BACKWARD_QUERY = new KernelPair(
            Kernel.of("varlen_attention_backward_q.f32", VarlenAttention::backwardQuery, () -> VarlenAttentionVector::backwardQuery),
            Kernel.of("varlen_attention_backward_q.f16", VarlenAttentionHalf::backwardQuery, () -> VarlenAttentionVector::backwardQueryHalf))
                    .named(BackwardQuery.class);
    /** The gradients of keys and values. */
    static final KernelPair BACKWARD_KEY_VALUE = new KernelPair(
            Kernel.of("varlen_attention_backward_kv.f32", VarlenAttention::backwardKeyValue, () -> VarlenAttentionVector::backwardKeyValue),
            Kernel.of("varlen_attention_backward_kv.f16", VarlenAttentionHalf::backwardKeyValue, () -> VarlenAttentionVector::backwardKeyValueHalf))
                    .named(BackwardKeyValue.class);
    private static final String OP = "varlen_attention";

    private VarlenAttention() {
    }

    /** The arguments of {@link #FORWARD}. */
    record Forward(Buffer q, Buffer k, Buffer v, Buffer starts, Buffer random, Buffer out, Buffer rowMax, Buffer rowSum, int texts, int heads, int d,
            int maxLength, float scale, int threshold, float keepScale) {
    }

    /** The arguments of {@link #BACKWARD_QUERY}. */
    record BackwardQuery(Buffer q, Buffer k, Buffer v, Buffer starts, Buffer random, Buffer rowMax, Buffer rowSum, Buffer out, Buffer dout, Buffer dq,
            Buffer delta, int texts, int heads, int d, int maxLength, float scale, int threshold, float keepScale) {
    }

    /** The arguments of {@link #BACKWARD_KEY_VALUE}. */
    record BackwardKeyValue(Buffer q, Buffer k, Buffer v, Buffer starts, Buffer random, Buffer rowMax, Buffer rowSum, Buffer delta, Buffer dout, Buffer dk,
            Buffer dv, int texts, int heads, int d, int maxLength, float scale, int threshold, float keepScale) {
    }

    /**
     * Attention over all heads; head h has the columns [h d, (h + 1) d) of q, k, v and out, d = hidden / heads.
     *
     * @param q         [tokens, hidden] or [1, tokens, hidden], F32 or F16, as k and v
     * @param starts    I32 [texts + 1], from 0, never falling, up to the number of tokens at most
     * @param maxLength the most tokens of a text; dropout's numbers depend on it
     * @param p         dropout probability of the attention weights
     * @param snapshot  I32 [4] from {@link RandomState#next}; may be null if p is 0
     * @return out in q's shape; each row's largest score and its sum of exponentials, F32 [tokens heads]
     */
    public static Result forward(Tensor q, Tensor k, Tensor v, Tensor starts, int heads, int maxLength, float p, @Nullable Tensor snapshot) {
        Sizes s = Sizes.of(q, k, v, starts, heads, maxLength, p, snapshot);
        InputChecks.textStarts(OP, starts, s.tokens, maxLength);
        Tensor out = q.emptyLike();
        Tensor rowMax = Tensor.empty(q.device(), Shape.of(s.rows()), DType.F32);
        Tensor rowSum = rowMax.emptyLike();
        FORWARD.of(q.dtype()).launch().read(q).read(k).read(v).read(starts).read(s.random(q, snapshot)).write(out).write(rowMax).write(rowSum)
                .ints(s.texts, heads, s.d, maxLength).floats(s.scale()).ints(Philox.keepThreshold(p)).floats(Philox.keepScale(p))
                .over(s.rows(), 4L * s.meanLength() * s.d);
        return new Result(out, rowMax, rowSum);
    }

    /**
     * Gradients of {@link #forward}, given the same arguments and its result.
     *
     * @param dout in q's shape and type
     */
    public static Gradients backward(Tensor q, Tensor k, Tensor v, Tensor starts, int heads, int maxLength, float p, @Nullable Tensor snapshot,
            Result result, Tensor dout) {
        Sizes s = Sizes.of(q, k, v, starts, heads, maxLength, p, snapshot);
        dout.require(OP, q.shape()).require(OP, q.dtype());
        Tensor random = s.random(q, snapshot);
        Tensor dq = q.emptyLike();
        Tensor dk = q.emptyLike();
        Tensor dv = q.emptyLike();
        Tensor delta = result.rowMax().emptyLike();
        long work = 6L * s.meanLength() * s.d;
        BACKWARD_QUERY.of(q.dtype()).launch().read(q).read(k).read(v).read(starts).read(random).read(result.rowMax()).read(result.rowSum())
                .read(result.out()).read(dout).write(dq).write(delta)
                .ints(s.texts, heads, s.d, maxLength).floats(s.scale()).ints(Philox.keepThreshold(p)).floats(Philox.keepScale(p)).over(s.rows(), work);
        BACKWARD_KEY_VALUE.of(q.dtype()).launch().read(q).read(k).read(v).read(starts).read(random).read(result.rowMax()).read(result.rowSum())
                .read(delta).read(dout).write(dk).write(dv)
                .ints(s.texts, heads, s.d, maxLength).floats(s.scale()).ints(Philox.keepThreshold(p)).floats(Philox.keepScale(p)).over(s.rows(), work);
        return new Gradients(dq, dk, dv);
    }

    private record Sizes(int tokens, int texts, int heads, int d, int maxLength, boolean dropout) {
        static Sizes of(Tensor q, Tensor k, Tensor v, Tensor starts, int heads, int maxLength, float p, @Nullable Tensor snapshot) {
            OpCheck.alike(OP, q, k);
            OpCheck.alike(OP, q, v);
            Shape shape = q.shape();
            if (shape.rank() != 2 && (shape.rank() != 3 || shape.dim(0) != 1)) {
                throw new IllegalArgumentException(OP + " takes tensors of shape [tokens, hidden] or [1, tokens, hidden], not " + shape);
            }
            int tokens = shape.dim(shape.rank() - 2);
            int hidden = shape.dim(shape.rank() - 1);
            OpCheck.rank(OP, starts.require(OP, DType.I32), 1);
            int texts = starts.shape().dim(0) - 1;
            if (texts < 1) {
                throw new IllegalArgumentException(OP + " needs the start and the end of a text at least, not starts of shape " + starts.shape());
            }
            if (maxLength < 1) {
                throw new IllegalArgumentException(OP + " needs a largest length of 1 or more, not " + maxLength);
            }
            if (heads < 1 || hidden % heads != 0) {
                throw new IllegalArgumentException(OP + " can't divide a hidden size of " + hidden + " among " + heads + " heads");
            }
            Philox.keepThreshold(p);
            if (p > 0f) {
                if (snapshot == null) {
                    throw new IllegalArgumentException(OP + " with a dropout probability of " + p + " needs a random snapshot");
                }
                snapshot.require(OP, DType.I32).require(OP, Shape.of(4));
                if ((long) tokens * heads * maxLength > Integer.MAX_VALUE) {
                    throw new IllegalArgumentException(OP + " with dropout numbers its probabilities by int; " + tokens + " x " + heads + " x " + maxLength
                            + " are too many");
                }
            }
            return new Sizes(tokens, texts, heads, hidden / heads, maxLength, p > 0f);
        }

        int rows() {
            return Math.multiplyExact(tokens, heads);
        }

        /** As far as sizes tell it. */
        int meanLength() {
            return Math.min(maxLength, Math.ceilDiv(tokens, texts));
        }

        float scale() {
            return (float) (1.0 / Math.sqrt(d));
        }

        /** The snapshot; where nothing is dropped, zeros that no kernel looks at. */
        Tensor random(Tensor q, @Nullable Tensor snapshot) {
            return dropout ? Objects.requireNonNull(snapshot, "checked where the sizes are") : Tensor.zeros(q.device(), Shape.of(4), DType.I32);
        }
    }

    /** out, rowMax and rowSum; one index per row. */
    public static void varlenAttention(@AlsoHalf FloatArray q, @AlsoHalf FloatArray k, @AlsoHalf FloatArray v, IntArray starts, IntArray random,
            @AlsoHalf FloatArray out, FloatArray rowMax, FloatArray rowSum, int texts, int heads, int d, int maxLength, float scale, int threshold,
            float keepScale, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            int row = from + r;
            int text = text(starts, texts, row / heads);
            int start = start(starts, texts, text, row / heads);
            int length = length(starts, texts, text);
            int head = (row - start * heads) / length;
            int stride = heads * d;
            int first = start * stride + head * d;
            int at = first + (row - start * heads - head * length) * stride;
            int keys = text < texts ? length : 0;
            float max = -Float.MAX_VALUE;
            for (int j = 0; j < keys; j++) {
                float s = dot(q, k, at, first + j * stride, d) * scale;
                if (s > max) {
                    max = s;
                }
            }
            float sum = 0f;
            for (int j = 0; j < keys; j++) {
                sum += TornadoMath.exp(dot(q, k, at, first + j * stride, d) * scale - max);
            }
            rowMax.set(row, max);
            rowSum.set(row, sum);
            float[] values = new float[d];
            for (int c = 0; c < d; c++) {
                values[c] = 0f;
            }
            for (int j = 0; j < keys; j++) {
                float p = Attention.probability(dot(q, k, at, first + j * stride, d) * scale, max, sum);
                p *= Attention.keep(random, row * maxLength + j, threshold, keepScale);
                for (int c = 0; c < d; c++) {
                    values[c] += p * v.get(first + j * stride + c);
                }
            }
            for (int c = 0; c < d; c++) {
                out.set(at + c, values[c]);
            }
        }
    }

    /** dq, and delta = rowsum(dout out); one index per row. */
    public static void backwardQuery(@AlsoHalf FloatArray q, @AlsoHalf FloatArray k, @AlsoHalf FloatArray v, IntArray starts, IntArray random,
            FloatArray rowMax, FloatArray rowSum, @AlsoHalf FloatArray out, @AlsoHalf FloatArray dout, @AlsoHalf FloatArray dq, FloatArray delta, int texts,
            int heads, int d, int maxLength, float scale, int threshold, float keepScale, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            int row = from + r;
            int text = text(starts, texts, row / heads);
            int start = start(starts, texts, text, row / heads);
            int length = length(starts, texts, text);
            int head = (row - start * heads) / length;
            int stride = heads * d;
            int first = start * stride + head * d;
            int at = first + (row - start * heads - head * length) * stride;
            int keys = text < texts ? length : 0;
            float own = dot(dout, out, at, at, d);
            delta.set(row, own);
            float[] gradients = new float[d];
            for (int c = 0; c < d; c++) {
                gradients[c] = 0f;
            }
            for (int j = 0; j < keys; j++) {
                int key = first + j * stride;
                float p = Attention.probability(dot(q, k, at, key, d) * scale, rowMax.get(row), rowSum.get(row));
                float dp = Attention.keep(random, row * maxLength + j, threshold, keepScale) * dot(dout, v, at, key, d);
                float ds = p * (dp - own) * scale;
                for (int c = 0; c < d; c++) {
                    gradients[c] += ds * k.get(key + c);
                }
            }
            for (int c = 0; c < d; c++) {
                dq.set(at + c, gradients[c]);
            }
        }
    }

    /** dk and dv, given delta from {@link #backwardQuery}; one index per row, whose query is the key here. */
    public static void backwardKeyValue(@AlsoHalf FloatArray q, @AlsoHalf FloatArray k, @AlsoHalf FloatArray v, IntArray starts, IntArray random,
            FloatArray rowMax, FloatArray rowSum, FloatArray delta, @AlsoHalf FloatArray dout, @AlsoHalf FloatArray dk, @AlsoHalf FloatArray dv, int texts,
            int heads, int d, int maxLength, float scale, int threshold, float keepScale, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            int place = from + r;
            int text = text(starts, texts, place / heads);
            int start = start(starts, texts, text, place / heads);
            int length = length(starts, texts, text);
            int head = (place - start * heads) / length;
            int stride = heads * d;
            int first = start * stride + head * d;
            int j = place - start * heads - head * length;
            int key = first + j * stride;
            int queries = text < texts ? length : 0;
            float[] ofKey = new float[d];
            float[] ofValue = new float[d];
            for (int c = 0; c < d; c++) {
                ofKey[c] = 0f;
                ofValue[c] = 0f;
            }
            for (int i = 0; i < queries; i++) {
                int row = place - j + i;
                int at = first + i * stride;
                float p = Attention.probability(dot(q, k, at, key, d) * scale, rowMax.get(row), rowSum.get(row));
                float kept = Attention.keep(random, row * maxLength + j, threshold, keepScale);
                float ds = p * (kept * dot(dout, v, at, key, d) - delta.get(row)) * scale;
                float pv = p * kept;
                for (int c = 0; c < d; c++) {
                    ofKey[c] += ds * q.get(at + c);
                    ofValue[c] += pv * dout.get(at + c);
                }
            }
            for (int c = 0; c < d; c++) {
                dk.set(key + c, ofKey[c]);
                dv.set(key + c, ofValue[c]);
            }
        }
    }

    /** Which text a token, that of a row's place, is of; {@code texts} if it is dead. */
    public static int text(IntArray starts, int texts, int token) {
        int text = 0;
        for (int t = 1; t <= texts; t++) {
            if (starts.get(t) <= token) {
                text = t;
            }
        }
        return text;
    }

    /** The first token of a text; a dead token is a text of its own, without keys. */
    static int start(IntArray starts, int texts, int text, int token) {
        return text < texts ? starts.get(text) : token;
    }

    /** Tokens of a text. */
    static int length(IntArray starts, int texts, int text) {
        return text < texts ? starts.get(text + 1) - starts.get(text) : 1;
    }

    static float dot(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, int aAt, int bAt, int d) {
        float sum = 0f;
        for (int c = 0; c < d; c++) {
            sum += a.get(aAt + c) * b.get(bAt + c);
        }
        return sum;
    }
}
