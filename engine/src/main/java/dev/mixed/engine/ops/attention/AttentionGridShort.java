// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import static dev.mixed.engine.ops.attention.Attention.KEEP_ALL;
import static dev.mixed.engine.ops.attention.AttentionGrid.D;
import static dev.mixed.engine.ops.attention.AttentionGrid.HEADS;
import static dev.mixed.engine.ops.attention.AttentionGrid.KEEP_SCALE;
import static dev.mixed.engine.ops.attention.AttentionGrid.SCALE;
import static dev.mixed.engine.ops.attention.AttentionGrid.SEQ;
import static dev.mixed.engine.ops.attention.AttentionGrid.THREADS;
import static dev.mixed.engine.ops.attention.AttentionGrid.THRESHOLD;
import static dev.mixed.engine.ops.attention.AttentionGrid.WARP;

import dev.mixed.engine.ops.random.Philox;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Attention of short texts in one launch: a block has one head of one text, all of whose scores fit local memory.
 *
 * <p>In local memory, rows of q, k, v and dout are {@link #ROW} words apart, rows of scores {@link #KEYS}: odd numbers, so that a column's words lie
 * in different banks. The kernels alone index it: a helper, once inlined, gets its addresses wrong.
 */
final class AttentionGridShort {
    static final int MAX_SEQ = 48;
    static final int MAX_D = 64;
    static final int WARPS = THREADS / WARP;
    static final int ROW = MAX_D + 1;
    static final int KEYS = MAX_SEQ + 1;
    /** Ints of dropout decisions in a row, four to an int. */
    static final int DECISIONS = MAX_SEQ / 4 + 1;

    private AttentionGridShort() {
    }

    /** out, rowMax and rowSum. */
    static void forward(KernelContext context, @AlsoHalf FloatArray q, @AlsoHalf FloatArray k, @AlsoHalf FloatArray v, FloatArray mask, IntArray random,
            @AlsoHalf FloatArray out, FloatArray rowMax, FloatArray rowSum, IntArray sizes, FloatArray factors) {
        float[] x = context.allocateFloatLocalArray(MAX_SEQ * ROW);
        float[] y = context.allocateFloatLocalArray(MAX_SEQ * ROW);
        float[] s = context.allocateFloatLocalArray(MAX_SEQ * KEYS);
        int[] kept = context.allocateIntLocalArray(MAX_SEQ * DECISIONS);
        int thread = context.localIdx;
        int block = context.groupIdx;
        int lane = thread % WARP;
        int warp = thread / WARP;
        int seq = sizes.get(SEQ);
        int heads = sizes.get(HEADS);
        int d = sizes.get(D);
        int hidden = heads * d;
        int at = start(block, seq, heads, d);
        int maskAt = block / heads * seq;
        int half = (seq + 1) / 2;
        int quarter = (d + 3) / 4;
        for (int t = thread; t < seq * d; t += THREADS) {
            int i = t / d;
            int c = t - i * d;
            x[i * ROW + c] = q.get(at + i * hidden + c);
            y[i * ROW + c] = k.get(at + i * hidden + c);
        }
        int threshold = sizes.get(THRESHOLD);
        int draws = threshold < KEEP_ALL ? seq * DECISIONS : 0;
        for (int t = thread; t < draws; t += THREADS) {
            int row = t / DECISIONS;
            int first = (block * seq + row) * seq;
            int four = (first >> 2) + t - row * DECISIONS;
            kept[t] = Philox.keepFour(random.get(0), random.get(1), random.get(2), random.get(3), four, threshold);
        }
        context.localBarrier();
        // s[i, j] = the dot product of x's row i and y's row j, 2 x 2 to a thread.
        for (int t = thread; t < half * half; t += THREADS) {
            int i = t / half;
            int j = t - i * half;
            int x0 = i * ROW;
            int x1 = Math.min(i + half, seq - 1) * ROW;
            int y0 = j * ROW;
            int y1 = Math.min(j + half, seq - 1) * ROW;
            float s00 = 0f;
            float s01 = 0f;
            float s10 = 0f;
            float s11 = 0f;
            for (int c = 0; c < d; c++) {
                float a0 = x[x0 + c];
                float a1 = x[x1 + c];
                float b0 = y[y0 + c];
                float b1 = y[y1 + c];
                s00 += a0 * b0;
                s01 += a0 * b1;
                s10 += a1 * b0;
                s11 += a1 * b1;
            }
            int to = i * KEYS + j;
            s[to] = s00;
            if (j + half < seq) {
                s[to + half] = s01;
            }
            if (i + half < seq) {
                s[to + half * KEYS] = s10;
            }
            if (i + half < seq && j + half < seq) {
                s[to + half * KEYS + half] = s11;
            }
        }
        context.localBarrier();
        for (int t = thread; t < seq * d; t += THREADS) {
            int i = t / d;
            int c = t - i * d;
            x[i * ROW + c] = v.get(at + i * hidden + c);
        }
        // Softmax and dropout, a warp to a row, each lane on its own keys.
        float scale = factors.get(SCALE);
        float keepScale = factors.get(KEEP_SCALE);
        for (int i = warp; i < seq; i += WARPS) {
            float max = -Float.MAX_VALUE;
            for (int j = lane; j < seq; j += WARP) {
                float score = s[i * KEYS + j] * scale + mask.get(maskAt + j);
                s[i * KEYS + j] = score;
                max = AttentionGrid.larger(max, score);
            }
            max = AttentionGrid.larger(max, context.simdShuffleDown(max, 16));
            max = AttentionGrid.larger(max, context.simdShuffleDown(max, 8));
            max = AttentionGrid.larger(max, context.simdShuffleDown(max, 4));
            max = AttentionGrid.larger(max, context.simdShuffleDown(max, 2));
            max = AttentionGrid.larger(max, context.simdShuffleDown(max, 1));
            max = context.simdBroadcastFirst(max);
            float part = 0f;
            for (int j = lane; j < seq; j += WARP) {
                float e = TornadoMath.exp(s[i * KEYS + j] - max);
                s[i * KEYS + j] = e;
                part += e;
            }
            float sum = context.simdSum(part);
            int row = block * seq + i;
            if (lane == 0) {
                rowMax.set(row, max);
                rowSum.set(row, sum);
            }
            float inverse = AttentionGrid.inverse(sum);
            for (int j = lane; j < seq; j += WARP) {
                float keep = AttentionGrid.factor(kept[decision(i, row * seq, j)], row * seq + j, threshold, keepScale);
                s[i * KEYS + j] = s[i * KEYS + j] * inverse * keep;
            }
        }
        context.localBarrier();
        // out = s v, 2 x 4 to a thread.
        for (int t = thread; t < half * quarter; t += THREADS) {
            int i = t / quarter;
            int c = t - i * quarter;
            int w0 = i * KEYS;
            int w1 = Math.min(i + half, seq - 1) * KEYS;
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
                float a0 = s[w0 + j];
                float a1 = s[w1 + j];
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
            put(out, to, c, quarter, d, y00, y01, y02, y03);
            if (i + half < seq) {
                put(out, to + half * hidden, c, quarter, d, y10, y11, y12, y13);
            }
        }
    }

    /** dq, dk, dv, and delta = rowsum(dout out). */
    static void backward(KernelContext context, @AlsoHalf FloatArray q, @AlsoHalf FloatArray k, @AlsoHalf FloatArray v, FloatArray mask, IntArray random,
            FloatArray rowMax, FloatArray rowSum, @AlsoHalf FloatArray out, @AlsoHalf FloatArray dout, @AlsoHalf FloatArray dq, @AlsoHalf FloatArray dk,
            @AlsoHalf FloatArray dv, FloatArray delta, IntArray sizes, FloatArray factors) {
        float[] x = context.allocateFloatLocalArray(MAX_SEQ * ROW);
        float[] y = context.allocateFloatLocalArray(MAX_SEQ * ROW);
        // First q k^T and dout v^T, then dropped probabilities and gradients of scores.
        float[] s = context.allocateFloatLocalArray(2 * MAX_SEQ * KEYS);
        int[] kept = context.allocateIntLocalArray(MAX_SEQ * DECISIONS);
        int thread = context.localIdx;
        int block = context.groupIdx;
        int lane = thread % WARP;
        int warp = thread / WARP;
        int seq = sizes.get(SEQ);
        int heads = sizes.get(HEADS);
        int d = sizes.get(D);
        int hidden = heads * d;
        int at = start(block, seq, heads, d);
        int maskAt = block / heads * seq;
        int half = (seq + 1) / 2;
        int quarter = (d + 3) / 4;
        int threshold = sizes.get(THRESHOLD);
        int draws = threshold < KEEP_ALL ? seq * DECISIONS : 0;
        for (int t = thread; t < draws; t += THREADS) {
            int row = t / DECISIONS;
            int first = (block * seq + row) * seq;
            int four = (first >> 2) + t - row * DECISIONS;
            kept[t] = Philox.keepFour(random.get(0), random.get(1), random.get(2), random.get(3), four, threshold);
        }
        for (int pass = 0; pass < 2; pass++) {
            for (int t = thread; t < seq * d; t += THREADS) {
                int i = t / d;
                int c = t - i * d;
                int e = at + i * hidden + c;
                x[i * ROW + c] = pass == 0 ? q.get(e) : dout.get(e);
                y[i * ROW + c] = pass == 0 ? k.get(e) : v.get(e);
            }
            context.localBarrier();
            int from = pass * MAX_SEQ * KEYS;
            // s[i, j] = the dot product of x's row i and y's row j, 2 x 2 to a thread.
            for (int t = thread; t < half * half; t += THREADS) {
                int i = t / half;
                int j = t - i * half;
                int x0 = i * ROW;
                int x1 = Math.min(i + half, seq - 1) * ROW;
                int y0 = j * ROW;
                int y1 = Math.min(j + half, seq - 1) * ROW;
                float s00 = 0f;
                float s01 = 0f;
                float s10 = 0f;
                float s11 = 0f;
                for (int c = 0; c < d; c++) {
                    float a0 = x[x0 + c];
                    float a1 = x[x1 + c];
                    float b0 = y[y0 + c];
                    float b1 = y[y1 + c];
                    s00 += a0 * b0;
                    s01 += a0 * b1;
                    s10 += a1 * b0;
                    s11 += a1 * b1;
                }
                int to = from + i * KEYS + j;
                s[to] = s00;
                if (j + half < seq) {
                    s[to + half] = s01;
                }
                if (i + half < seq) {
                    s[to + half * KEYS] = s10;
                }
                if (i + half < seq && j + half < seq) {
                    s[to + half * KEYS + half] = s11;
                }
            }
            context.localBarrier();
        }
        // A warp to a row, each lane on its own keys.
        float scale = factors.get(SCALE);
        float keepScale = factors.get(KEEP_SCALE);
        for (int i = warp; i < seq; i += WARPS) {
            float part = 0f;
            for (int c = lane; c < d; c += WARP) {
                part += dout.get(at + i * hidden + c) * out.get(at + i * hidden + c);
            }
            float mean = context.simdSum(part);
            int row = block * seq + i;
            if (lane == 0) {
                delta.set(row, mean);
            }
            float max = rowMax.get(row);
            float inverse = AttentionGrid.inverse(rowSum.get(row));
            for (int j = lane; j < seq; j += WARP) {
                float keep = AttentionGrid.factor(kept[decision(i, row * seq, j)], row * seq + j, threshold, keepScale);
                int p = i * KEYS + j;
                float probability = TornadoMath.exp(s[p] * scale + mask.get(maskAt + j) - max) * inverse;
                s[MAX_SEQ * KEYS + p] = probability * (keep * s[MAX_SEQ * KEYS + p] - mean) * scale;
                s[p] = probability * keep;
            }
        }
        context.localBarrier();
        // dv = s^T dout, dq = ds k, dk = ds^T q, 2 x 4 to a thread.
        for (int pass = 0; pass < 3; pass++) {
            if (pass > 0) {
                for (int t = thread; t < seq * d; t += THREADS) {
                    int i = t / d;
                    int c = t - i * d;
                    int e = at + i * hidden + c;
                    x[i * ROW + c] = pass == 1 ? k.get(e) : q.get(e);
                }
            }
            context.localBarrier();
            int from = pass == 0 ? 0 : MAX_SEQ * KEYS;
            int across = pass == 1 ? 1 : KEYS;
            int down = pass == 1 ? KEYS : 1;
            for (int t = thread; t < half * quarter; t += THREADS) {
                int i = t / quarter;
                int c = t - i * quarter;
                int w0 = from + i * down;
                int w1 = from + Math.min(i + half, seq - 1) * down;
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
                    float a0 = s[w0 + j * across];
                    float a1 = s[w1 + j * across];
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
                put(pass, dv, dq, dk, to, c, quarter, d, y00, y01, y02, y03);
                if (i + half < seq) {
                    put(pass, dv, dq, dk, to + half * hidden, c, quarter, d, y10, y11, y12, y13);
                }
            }
            context.localBarrier();
        }
    }

    static void put(int pass, @AlsoHalf FloatArray y0, @AlsoHalf FloatArray y1, @AlsoHalf FloatArray y2, int at, int c, int quarter, int d, float v0, float v1,
            float v2, float v3) {
        if (pass == 0) {
            put(y0, at, c, quarter, d, v0, v1, v2, v3);
        } else if (pass == 1) {
            put(y1, at, c, quarter, d, v0, v1, v2, v3);
        } else {
            put(y2, at, c, quarter, d, v0, v1, v2, v3);
        }
    }

    /** Columns c, c + quarter, .. of a row, as far as there are any. */
    static void put(@AlsoHalf FloatArray y, int at, int c, int quarter, int d, float v0, float v1, float v2, float v3) {
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

    static void put(@AlsoHalf FloatArray y, int at, float v) {
        y.set(at, v);
    }

    /** Element 0 of a text's head in [batch, seq, hidden]. */
    static int start(int block, int seq, int heads, int d) {
        int text = block / heads;
        return (text * seq * heads + block - text * heads) * d;
    }

    /** Where in a head's decisions that of probability (i, j) is; first: number of its row's element 0. */
    static int decision(int i, int first, int j) {
        return i * DECISIONS + ((first + j) >> 2) - (first >> 2);
    }
}
