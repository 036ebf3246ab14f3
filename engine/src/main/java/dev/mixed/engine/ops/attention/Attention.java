// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
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
 * Multi-head scaled dot-product attention (Vaswani et al., 2017): softmax(q k^T / sqrt(d) + mask) v for each head, with dropout on the
 * probabilities.
 *
 * <p>Probabilities are never stored. The forward pass keeps each row's maximum and sum, from which the backward pass computes them again,
 * dropout included (Dao et al., "FlashAttention", 2022). Their logarithm in one number would not do: under a mask of -Float.MAX_VALUE
 * the sum would vanish beside the maximum. With P the probabilities and M the dropout factors, 0 or 1/(1-p):
 * <pre>
 * out = (P M) v      dv = (P M)^T dout      dP = M (dout v^T)
 * dS = P (dP - rowsum(dout out))      dq = dS k / sqrt(d)      dk = dS^T q / sqrt(d)
 * </pre>
 *
 * <p>A row whose keys all carry the same huge negative mask attends to all of them alike; one whose mask is all -inf gives zeros.
 *
 * <p>Scores, probabilities and sums are float, and each result is rounded once.
 */
public final class Attention {
    /** Attention of each query to all keys. */
    static final KernelPair FORWARD = new KernelPair(Kernel.of("attention.f32", Attention::attention, () -> AttentionVector::attention),
            Kernel.of("attention.f16", AttentionHalf::attention, () -> AttentionVector::attentionHalf)).named(Forward.class);
    /** The gradient of queries, which a launch of {@link #BACKWARD_KEY_VALUE} follows. */
    static final KernelPair BACKWARD_QUERY = new KernelPair(
            Kernel.of("attention_backward_q.f32", Attention::backwardQuery, () -> AttentionVector::backwardQuery),
            Kernel.of("attention_backward_q.f16", AttentionHalf::backwardQuery, () -> AttentionVector::backwardQueryHalf)).named(BackwardQuery.class);
    /** The gradients of keys and values. */
    static final KernelPair BACKWARD_KEY_VALUE = new KernelPair(
            Kernel.of("attention_backward_kv.f32", Attention::backwardKeyValue, () -> AttentionVector::backwardKeyValue),
            Kernel.of("attention_backward_kv.f16", AttentionHalf::backwardKeyValue, () -> AttentionVector::backwardKeyValueHalf))
                    .named(BackwardKeyValue.class);
    /** The threshold of {@link Philox#keepThreshold} under which nothing is dropped. */
    static final int KEEP_ALL = 1 << 24;

    private Attention() {
    }

    /** The arguments of {@link #FORWARD}. */
    record Forward(Buffer q, Buffer k, Buffer v, Buffer mask, Buffer random, Buffer out, Buffer rowMax, Buffer rowSum, int heads, int seq, int d, float scale,
            int threshold, float keepScale) {
    }

    /** The arguments of {@link #BACKWARD_QUERY}. */
    record BackwardQuery(Buffer q, Buffer k, Buffer v, Buffer mask, Buffer random, Buffer rowMax, Buffer rowSum, Buffer out, Buffer dout, Buffer dq,
            Buffer delta, int heads, int seq, int d, float scale, int threshold, float keepScale) {
    }

    /** The arguments of {@link #BACKWARD_KEY_VALUE}. */
    record BackwardKeyValue(Buffer q, Buffer k, Buffer v, Buffer mask, Buffer random, Buffer rowMax, Buffer rowSum, Buffer delta, Buffer dout, Buffer dk,
            Buffer dv, int heads, int seq, int d, float scale, int threshold, float keepScale) {
    }

    /**
     * What the forward pass leaves for the backward pass: out [batch, seq, hidden]; each row's largest score and its sum of exponentials, F32 [batch,
     * heads, seq].
     */
    public record Result(Tensor out, Tensor rowMax, Tensor rowSum) {
    }

    /** Gradients of q, k and v, each [batch, seq, hidden] in their type. */
    public record Gradients(Tensor dq, Tensor dk, Tensor dv) {
    }

    /**
     * Attention over all heads; head h has the columns [h d, (h + 1) d) of q, k, v and out, d = hidden / heads.
     *
     * @param q        [batch, seq, hidden], F32 or F16, as k and v
     * @param mask     F32 [batch, seq], added to the scores of each key: 0, or a large negative number for padding
     * @param p        dropout probability of the attention weights
     * @param snapshot I32 [4] from {@link RandomState#next}; may be null if p is 0
     */
    public static Result forward(Tensor q, Tensor k, Tensor v, Tensor mask, int heads, float p, @Nullable Tensor snapshot) {
        Sizes s = Sizes.of(q, k, v, mask, heads, p, snapshot);
        Tensor out = q.emptyLike();
        Tensor rowMax = Tensor.empty(q.device(), s.rows(), DType.F32);
        Tensor rowSum = rowMax.emptyLike();
        FORWARD.of(q.dtype()).launch().read(q).read(k).read(v).read(mask).read(s.random(q, snapshot))
                .write(out).write(rowMax).write(rowSum).ints(heads, s.seq, s.d).floats(s.scale()).ints(Philox.keepThreshold(p)).floats(Philox.keepScale(p))
                .over(s.rows().elements(), 4L * s.seq * s.d);
        return new Result(out, rowMax, rowSum);
    }

    /**
     * Gradients of {@link #forward}, given the same arguments and its result.
     *
     * @param dout [batch, seq, hidden] in q's type
     */
    public static Gradients backward(Tensor q, Tensor k, Tensor v, Tensor mask, int heads, float p, @Nullable Tensor snapshot, Result result, Tensor dout) {
        Sizes s = Sizes.of(q, k, v, mask, heads, p, snapshot);
        dout.require("attention", q.shape()).require("attention", q.dtype());
        Tensor random = s.random(q, snapshot);
        Tensor dq = q.emptyLike();
        Tensor dk = q.emptyLike();
        Tensor dv = q.emptyLike();
        Tensor delta = result.rowMax.emptyLike();
        long work = 6L * s.seq * s.d;
        BACKWARD_QUERY.of(q.dtype()).launch().read(q).read(k).read(v).read(mask).read(random).read(result.rowMax).read(result.rowSum)
                .read(result.out).read(dout).write(dq).write(delta)
                .ints(heads, s.seq, s.d).floats(s.scale()).ints(Philox.keepThreshold(p)).floats(Philox.keepScale(p)).over(s.rows().elements(), work);
        BACKWARD_KEY_VALUE.of(q.dtype()).launch().read(q).read(k).read(v).read(mask).read(random).read(result.rowMax)
                .read(result.rowSum).read(delta).read(dout).write(dk).write(dv)
                .ints(heads, s.seq, s.d).floats(s.scale()).ints(Philox.keepThreshold(p)).floats(Philox.keepScale(p)).over(s.rows().elements(), work);
        return new Gradients(dq, dk, dv);
    }

    private record Sizes(int batch, int heads, int seq, int d, boolean dropout) {
        static Sizes of(Tensor q, Tensor k, Tensor v, Tensor mask, int heads, float p, @Nullable Tensor snapshot) {
            OpCheck.rank("attention", q, 3);
            OpCheck.alike("attention", q, k);
            OpCheck.alike("attention", q, v);
            int batch = q.shape().dim(0);
            int seq = q.shape().dim(1);
            int hidden = q.shape().dim(2);
            mask.require("attention", DType.F32).require("attention", Shape.of(batch, seq));
            if (heads < 1 || hidden % heads != 0) {
                throw new IllegalArgumentException("attention can't divide a hidden size of " + hidden + " among " + heads + " heads");
            }
            Philox.keepThreshold(p);
            if (p > 0f) {
                if (snapshot == null) {
                    throw new IllegalArgumentException("attention with a dropout probability of " + p + " needs a random snapshot");
                }
                snapshot.require("attention", DType.I32).require("attention", Shape.of(4));
                if ((long) batch * heads * seq * seq > Integer.MAX_VALUE) {
                    throw new IllegalArgumentException("attention with dropout numbers its probabilities by int; " + batch + " x " + heads + " x "
                            + seq + " x " + seq + " are too many");
                }
            }
            return new Sizes(batch, heads, seq, hidden / heads, p > 0f);
        }

        Shape rows() {
            return Shape.of(batch, heads, seq);
        }

        float scale() {
            return (float) (1.0 / Math.sqrt(d));
        }

        /** The snapshot; where nothing is dropped, zeros that no kernel looks at. */
        Tensor random(Tensor q, @Nullable Tensor snapshot) {
            return dropout ? Objects.requireNonNull(snapshot, "checked where the sizes are") : Tensor.zeros(q.device(), Shape.of(4), DType.I32);
        }
    }

    /** out, rowMax and rowSum; one index per (batch, head, query), innermost last. */
    public static void attention(@AlsoHalf FloatArray q, @AlsoHalf FloatArray k, @AlsoHalf FloatArray v, FloatArray mask, IntArray random,
            @AlsoHalf FloatArray out, FloatArray rowMax, FloatArray rowSum, int heads, int seq, int d, float scale, int threshold, float keepScale,
            int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            int row = from + r;
            int head = row / seq;
            int batch = head / heads;
            int stride = heads * d;
            int first = batch * seq * stride + (head - batch * heads) * d;
            int at = first + (row - head * seq) * stride;
            float max = -Float.MAX_VALUE;
            for (int j = 0; j < seq; j++) {
                float s = score(q, k, at, first + j * stride, d, scale, mask.get(batch * seq + j));
                if (s > max) {
                    max = s;
                }
            }
            float sum = 0f;
            for (int j = 0; j < seq; j++) {
                sum += TornadoMath.exp(score(q, k, at, first + j * stride, d, scale, mask.get(batch * seq + j)) - max);
            }
            rowMax.set(row, max);
            rowSum.set(row, sum);
            float[] values = new float[d];
            for (int c = 0; c < d; c++) {
                values[c] = 0f;
            }
            for (int j = 0; j < seq; j++) {
                float p = probability(score(q, k, at, first + j * stride, d, scale, mask.get(batch * seq + j)), max, sum);
                p *= keep(random, row * seq + j, threshold, keepScale);
                for (int c = 0; c < d; c++) {
                    values[c] += p * v.get(first + j * stride + c);
                }
            }
            for (int c = 0; c < d; c++) {
                out.set(at + c, values[c]);
            }
        }
    }

    /** dq, and delta = rowsum(dout out); one index per (batch, head, query). */
    public static void backwardQuery(@AlsoHalf FloatArray q, @AlsoHalf FloatArray k, @AlsoHalf FloatArray v, FloatArray mask, IntArray random,
            FloatArray rowMax, FloatArray rowSum, @AlsoHalf FloatArray out, @AlsoHalf FloatArray dout, @AlsoHalf FloatArray dq, FloatArray delta, int heads,
            int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            int row = from + r;
            int head = row / seq;
            int batch = head / heads;
            int stride = heads * d;
            int first = batch * seq * stride + (head - batch * heads) * d;
            int at = first + (row - head * seq) * stride;
            float own = dot(dout, out, at, at, d);
            delta.set(row, own);
            float[] gradients = new float[d];
            for (int c = 0; c < d; c++) {
                gradients[c] = 0f;
            }
            for (int j = 0; j < seq; j++) {
                int key = first + j * stride;
                float p = probability(score(q, k, at, key, d, scale, mask.get(batch * seq + j)), rowMax.get(row), rowSum.get(row));
                float dp = keep(random, row * seq + j, threshold, keepScale) * dot(dout, v, at, key, d);
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

    /** dk and dv, given delta from {@link #backwardQuery}; one index per (batch, head, key). */
    public static void backwardKeyValue(@AlsoHalf FloatArray q, @AlsoHalf FloatArray k, @AlsoHalf FloatArray v, FloatArray mask, IntArray random,
            FloatArray rowMax, FloatArray rowSum, FloatArray delta, @AlsoHalf FloatArray dout, @AlsoHalf FloatArray dk, @AlsoHalf FloatArray dv, int heads,
            int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            int head = (from + r) / seq;
            int j = (from + r) - head * seq;
            int batch = head / heads;
            int stride = heads * d;
            int first = batch * seq * stride + (head - batch * heads) * d;
            int key = first + j * stride;
            float[] ofKey = new float[d];
            float[] ofValue = new float[d];
            for (int c = 0; c < d; c++) {
                ofKey[c] = 0f;
                ofValue[c] = 0f;
            }
            for (int i = 0; i < seq; i++) {
                int row = head * seq + i;
                int at = first + i * stride;
                float p = probability(score(q, k, at, key, d, scale, mask.get(batch * seq + j)), rowMax.get(row), rowSum.get(row));
                float kept = keep(random, row * seq + j, threshold, keepScale);
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

    static float score(@AlsoHalf FloatArray q, @AlsoHalf FloatArray k, int at, int key, int d, float scale, float mask) {
        return dot(q, k, at, key, d) * scale + mask;
    }

    static float dot(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, int aAt, int bAt, int d) {
        float sum = 0f;
        for (int c = 0; c < d; c++) {
            sum += a.get(aAt + c) * b.get(bAt + c);
        }
        return sum;
    }

    static float probability(float score, float max, float sum) {
        return sum == 0f ? 0f : TornadoMath.exp(score - max) / sum;
    }

    /** The dropout factor of one probability. */
    static float keep(IntArray random, int index, int threshold, float keepScale) {
        if (threshold == KEEP_ALL) {
            return 1f;
        }
        return Philox.keep(random.get(0), random.get(1), random.get(2), random.get(3), index, threshold) ? keepScale : 0f;
    }
}
