package dev.mixed.engine.gpu;

import static dev.mixed.engine.gpu.ShortAttention.DECISIONS;
import static dev.mixed.engine.gpu.ShortAttention.KEYS;
import static dev.mixed.engine.gpu.ShortAttention.MAX_SEQ;
import static dev.mixed.engine.gpu.ShortAttention.ROW;
import static dev.mixed.engine.gpu.ShortAttention.THREADS;
import static dev.mixed.engine.gpu.ShortAttention.WARP;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The kernels of {@link ShortAttention} on floats. */
final class ShortAttentionFloat {
    private ShortAttentionFloat() {
    }

    /** out, rowMax and rowSum. */
    static void forward(KernelContext context, FloatArray q, FloatArray k, FloatArray v, FloatArray mask, IntArray random, FloatArray out,
                        FloatArray rowMax, FloatArray rowSum, IntArray constants, FloatArray factors) {
        float[] x = context.allocateFloatLocalArray(MAX_SEQ * ROW);
        float[] y = context.allocateFloatLocalArray(MAX_SEQ * ROW);
        float[] p = context.allocateFloatLocalArray(MAX_SEQ * KEYS);
        int[] kept = context.allocateIntLocalArray(MAX_SEQ * DECISIONS);
        int thread = context.localIdx;
        int block = context.groupIdx;
        int seq = constants.get(0);
        int d = constants.get(2);
        int hidden = constants.get(1) * d;
        int at = ShortAttention.start(block, constants);
        copy(q, at, hidden, x, seq, d, thread);
        copy(k, at, hidden, y, seq, d, thread);
        ShortAttention.draw(kept, random, block, seq, constants.get(3), thread);
        context.localBarrier();
        ShortAttention.dots(x, y, p, seq, d, thread);
        context.localBarrier();
        copy(v, at, hidden, y, seq, d, thread);
        ShortAttention.softmax(context, p, kept, mask, rowMax, rowSum, block, constants, factors, thread);
        context.localBarrier();
        weighted(p, KEYS, 1, y, out, at, hidden, seq, d, thread);
    }

    /** dq, dk, dv, and delta = rowsum(dout out). */
    static void backward(KernelContext context, FloatArray q, FloatArray k, FloatArray v, FloatArray mask, IntArray random, FloatArray rowMax,
                         FloatArray rowSum, FloatArray out, FloatArray dout, FloatArray dq, FloatArray dk, FloatArray dv, FloatArray delta,
                         IntArray constants, FloatArray factors) {
        float[] x = context.allocateFloatLocalArray(MAX_SEQ * ROW);
        float[] y = context.allocateFloatLocalArray(MAX_SEQ * ROW);
        float[] p = context.allocateFloatLocalArray(MAX_SEQ * KEYS);
        float[] ds = context.allocateFloatLocalArray(MAX_SEQ * KEYS);
        float[] mean = context.allocateFloatLocalArray(MAX_SEQ);
        int[] kept = context.allocateIntLocalArray(MAX_SEQ * DECISIONS);
        int thread = context.localIdx;
        int block = context.groupIdx;
        int seq = constants.get(0);
        int d = constants.get(2);
        int hidden = constants.get(1) * d;
        int at = ShortAttention.start(block, constants);
        copy(q, at, hidden, x, seq, d, thread);
        copy(k, at, hidden, y, seq, d, thread);
        ShortAttention.draw(kept, random, block, seq, constants.get(3), thread);
        for (int i = thread / WARP; i < seq; i += THREADS / WARP) {
            float part = 0f;
            for (int c = thread % WARP; c < d; c += WARP) {
                part += dout.get(at + i * hidden + c) * out.get(at + i * hidden + c);
            }
            float sum = context.simdSum(part);
            if (thread % WARP == 0) {
                mean[i] = sum;
                delta.set(block * seq + i, sum);
            }
        }
        context.localBarrier();
        ShortAttention.dots(x, y, p, seq, d, thread);
        context.localBarrier();
        copy(dout, at, hidden, x, seq, d, thread);
        copy(v, at, hidden, y, seq, d, thread);
        context.localBarrier();
        ShortAttention.dots(x, y, ds, seq, d, thread);
        context.localBarrier();
        ShortAttention.gradient(p, ds, mean, kept, mask, rowMax, rowSum, block, constants, factors, thread);
        copy(k, at, hidden, y, seq, d, thread);
        context.localBarrier();
        weighted(p, 1, KEYS, x, dv, at, hidden, seq, d, thread);
        weighted(ds, KEYS, 1, y, dq, at, hidden, seq, d, thread);
        context.localBarrier();
        copy(q, at, hidden, x, seq, d, thread);
        context.localBarrier();
        weighted(ds, 1, KEYS, x, dk, at, hidden, seq, d, thread);
    }

    /** A head's [seq, d] into local memory. */
    private static void copy(FloatArray from, int at, int hidden, float[] to, int seq, int d, int thread) {
        for (int t = thread; t < seq * d; t += THREADS) {
            int i = t / d;
            int c = t - i * d;
            to[i * ROW + c] = from.get(at + i * hidden + c);
        }
    }

    /** y[i, c] = sum over j of w[i, j] x[j, c], where w(i, j) is at {@code i * row + j * column}; 2 x 4 to a thread. */
    private static void weighted(float[] w, int row, int column, float[] x, FloatArray y, int at, int hidden, int seq, int d, int thread) {
        int half = (seq + 1) / 2;
        int quarter = (d + 3) / 4;
        for (int t = thread; t < half * quarter; t += THREADS) {
            int i = t / quarter;
            int c = t - i * quarter;
            int w0 = i * row;
            int w1 = Math.min(i + half, seq - 1) * row;
            int c1 = Math.min(c + quarter, d - 1);
            int c2 = Math.min(c + 2 * quarter, d - 1);
            int c3 = Math.min(c + 3 * quarter, d - 1);
            float y00 = 0f;
            float y01 = 0f;
            float y02 = 0f;
            float y03 = 0f;
            float y10 = 0f;
            float y11 = 0f;
            float y12 = 0f;
            float y13 = 0f;
            for (int j = 0; j < seq; j++) {
                float a0 = w[w0 + j * column];
                float a1 = w[w1 + j * column];
                float b0 = x[j * ROW + c];
                float b1 = x[j * ROW + c1];
                float b2 = x[j * ROW + c2];
                float b3 = x[j * ROW + c3];
                y00 += a0 * b0;
                y01 += a0 * b1;
                y02 += a0 * b2;
                y03 += a0 * b3;
                y10 += a1 * b0;
                y11 += a1 * b1;
                y12 += a1 * b2;
                y13 += a1 * b3;
            }
            int to = at + i * hidden + c;
            put(y, to, y00, y01, y02, y03, c, quarter, d);
            if (i + half < seq) {
                put(y, to + half * hidden, y10, y11, y12, y13, c, quarter, d);
            }
        }
    }

    private static void put(FloatArray y, int at, float v0, float v1, float v2, float v3, int c, int quarter, int d) {
        put(y, at, v0);
        if (c + quarter < d) {
            put(y, at + quarter, v1);
        }
        if (c + 2 * quarter < d) {
            put(y, at + 2 * quarter, v2);
        }
        if (c + 3 * quarter < d) {
            put(y, at + 3 * quarter, v3);
        }
    }

    private static void put(FloatArray y, int at, float v) {
        y.set(at, v);
    }
}
