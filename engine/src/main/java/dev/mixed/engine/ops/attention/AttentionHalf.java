package dev.mixed.engine.ops.attention;

import dev.mixed.engine.ops.random.Philox;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The kernels of {@link Attention} on half storage. Scores, probabilities and sums are float, and each result is rounded once: with nowhere to
 * keep a row of float sums, a row's scores are computed again for each of its elements.
 */
public final class AttentionHalf {
    private static final int KEEP_ALL = 1 << 24;

    private AttentionHalf() {
    }

    /** out, rowMax and rowSum; one index per (batch, head, query), innermost last. */
    public static void attentionHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray random, HalfFloatArray out,
                                     FloatArray rowMax, FloatArray rowSum, int heads, int seq, int d, float scale, int threshold, float keepScale,
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
            for (int c = 0; c < d; c++) {
                float value = 0f;
                for (int j = 0; j < seq; j++) {
                    float p = probability(score(q, k, at, first + j * stride, d, scale, mask.get(batch * seq + j)), max, sum);
                    p *= keep(random, row * seq + j, threshold, keepScale);
                    value += p * v.get(first + j * stride + c).getFloat32();
                }
                HalfFloat h = new HalfFloat(value);
                out.set(at + c, h);
            }
        }
    }

    /** dq, and delta = rowsum(dout out); one index per (batch, head, query). */
    public static void backwardQueryHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray random, FloatArray rowMax,
                                         FloatArray rowSum, HalfFloatArray out, HalfFloatArray dout, HalfFloatArray dq, FloatArray delta,
                                         int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            int row = from + r;
            int head = row / seq;
            int batch = head / heads;
            int stride = heads * d;
            int first = batch * seq * stride + (head - batch * heads) * d;
            int at = first + (row - head * seq) * stride;
            float own = dot(dout, out, at, at, d);
            delta.set(row, own);
            for (int c = 0; c < d; c++) {
                float value = 0f;
                for (int j = 0; j < seq; j++) {
                    int key = first + j * stride;
                    float p = probability(score(q, k, at, key, d, scale, mask.get(batch * seq + j)), rowMax.get(row), rowSum.get(row));
                    float dp = keep(random, row * seq + j, threshold, keepScale) * dot(dout, v, at, key, d);
                    value += p * (dp - own) * scale * k.get(key + c).getFloat32();
                }
                HalfFloat h = new HalfFloat(value);
                dq.set(at + c, h);
            }
        }
    }

    /** dk and dv, given delta from {@link #backwardQueryHalf}; one index per (batch, head, key). */
    public static void backwardKeyValueHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray random, FloatArray rowMax,
                                            FloatArray rowSum, FloatArray delta, HalfFloatArray dout, HalfFloatArray dk, HalfFloatArray dv,
                                            int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            int head = (from + r) / seq;
            int j = (from + r) - head * seq;
            int batch = head / heads;
            int stride = heads * d;
            int first = batch * seq * stride + (head - batch * heads) * d;
            int key = first + j * stride;
            for (int c = 0; c < d; c++) {
                float dKey = 0f;
                float dValue = 0f;
                for (int i = 0; i < seq; i++) {
                    int row = head * seq + i;
                    int at = first + i * stride;
                    float p = probability(score(q, k, at, key, d, scale, mask.get(batch * seq + j)), rowMax.get(row), rowSum.get(row));
                    float kept = keep(random, row * seq + j, threshold, keepScale);
                    dKey += p * (kept * dot(dout, v, at, key, d) - delta.get(row)) * scale * q.get(at + c).getFloat32();
                    dValue += p * kept * dout.get(at + c).getFloat32();
                }
                HalfFloat hk = new HalfFloat(dKey);
                dk.set(key + c, hk);
                HalfFloat hv = new HalfFloat(dValue);
                dv.set(key + c, hv);
            }
        }
    }

    private static float score(HalfFloatArray q, HalfFloatArray k, int at, int key, int d, float scale, float mask) {
        return dot(q, k, at, key, d) * scale + mask;
    }

    private static float dot(HalfFloatArray a, HalfFloatArray b, int aAt, int bAt, int d) {
        float sum = 0f;
        for (int c = 0; c < d; c++) {
            sum += a.get(aAt + c).getFloat32() * b.get(bAt + c).getFloat32();
        }
        return sum;
    }

    private static float probability(float score, float max, float sum) {
        return sum == 0f ? 0f : TornadoMath.exp(score - max) / sum;
    }

    /** The dropout factor of one probability. */
    private static float keep(IntArray random, int index, int threshold, float keepScale) {
        if (threshold == KEEP_ALL) {
            return 1f;
        }
        return Philox.keep(random.get(0), random.get(1), random.get(2), random.get(3), index, threshold) ? keepScale : 0f;
    }
}
