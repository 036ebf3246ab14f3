package dev.mixed.engine.gpu;

import dev.mixed.engine.random.Philox;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Attention of short texts in one launch: a block has one head of one text, all of whose scores fit local memory. What the kernels on halves and
 * floats share, between two barriers each.
 *
 * <p>constants = {seq, heads, d, keep threshold}, factors = {scale, keep scale}. Rows of q, k, v and dout are {@link #ROW} words apart, rows of
 * scores {@link #KEYS}: odd numbers, so that a column's words lie in different banks.
 */
final class ShortAttention {
    static final int MAX_SEQ = 48;
    static final int MAX_D = 64;
    static final int THREADS = 256;
    static final int WARP = 32;
    static final int ROW = MAX_D + 1;
    static final int KEYS = MAX_SEQ + 1;
    /** Ints of dropout decisions in a row, four to an int. */
    static final int DECISIONS = MAX_SEQ / 4 + 1;
    private static final int WARPS = THREADS / WARP;
    private static final int KEEP_ALL = 1 << 24;

    private ShortAttention() {
    }

    /** Element 0 of a text's head in [batch, seq, hidden]. */
    static int start(int block, IntArray constants) {
        int heads = constants.get(1);
        int text = block / heads;
        return (text * constants.get(0) * heads + block - text * heads) * constants.get(2);
    }

    /** Dropout decisions of the head's rows. */
    static void draw(int[] kept, IntArray random, int block, int seq, int threshold, int thread) {
        if (threshold < KEEP_ALL) {
            for (int t = thread; t < seq * DECISIONS; t += THREADS) {
                int row = t / DECISIONS;
                int first = (block * seq + row) * seq;
                int four = (first >> 2) + t - row * DECISIONS;
                if (four <= (first + seq - 1) >> 2) {
                    kept[t] = Philox.keepFour(random.get(0), random.get(1), random.get(2), random.get(3), four, threshold);
                }
            }
        }
    }

    /** The dropout factor of a head's probability (i, j). */
    private static float factor(int[] kept, int block, int seq, int i, int j, int threshold, float keepScale) {
        if (threshold == KEEP_ALL) {
            return 1f;
        }
        int first = (block * seq + i) * seq;
        int e = first + j;
        return ((kept[i * DECISIONS + (e >> 2) - (first >> 2)] >> (e & 3)) & 1) != 0 ? keepScale : 0f;
    }

    /** s[i, j] = the dot product of x's row i and y's row j, 2 x 2 to a thread. */
    static void dots(float[] x, float[] y, float[] s, int seq, int d, int thread) {
        int half = (seq + 1) / 2;
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
            s[i * KEYS + j] = s00;
            if (j + half < seq) {
                s[i * KEYS + j + half] = s01;
            }
            if (i + half < seq) {
                s[(i + half) * KEYS + j] = s10;
                if (j + half < seq) {
                    s[(i + half) * KEYS + j + half] = s11;
                }
            }
        }
    }

    /** s = dropout(softmax(s * scale + mask)), a warp to a row; also each row's maximum and sum of exponentials. */
    static void softmax(KernelContext context, float[] s, int[] kept, FloatArray mask, FloatArray rowMax, FloatArray rowSum, int block,
                        IntArray constants, FloatArray factors, int thread) {
        int seq = constants.get(0);
        int maskAt = block / constants.get(1) * seq;
        int threshold = constants.get(3);
        float scale = factors.get(0);
        float keepScale = factors.get(1);
        int lane = thread % WARP;
        for (int i = thread / WARP; i < seq; i += WARPS) {
            float max = -Float.MAX_VALUE;
            for (int j = lane; j < seq; j += WARP) {
                float score = s[i * KEYS + j] * scale + mask.get(maskAt + j);
                s[i * KEYS + j] = score;
                max = larger(max, score);
            }
            max = larger(max, context.simdShuffleDown(max, 16));
            max = larger(max, context.simdShuffleDown(max, 8));
            max = larger(max, context.simdShuffleDown(max, 4));
            max = larger(max, context.simdShuffleDown(max, 2));
            max = larger(max, context.simdShuffleDown(max, 1));
            max = context.simdBroadcastFirst(max);
            float part = 0f;
            for (int j = lane; j < seq; j += WARP) {
                float e = TornadoMath.exp(s[i * KEYS + j] - max);
                s[i * KEYS + j] = e;
                part += e;
            }
            float sum = context.simdSum(part);
            if (lane == 0) {
                rowMax.set(block * seq + i, max);
                rowSum.set(block * seq + i, sum);
            }
            float inverse = sum == 0f ? 0f : 1f / sum;
            for (int j = lane; j < seq; j += WARP) {
                s[i * KEYS + j] = s[i * KEYS + j] * inverse * factor(kept, block, seq, i, j, threshold, keepScale);
            }
        }
    }

    private static float larger(float a, float b) {
        return b > a ? b : a;
    }

    /** From scores p and their gradient before dropout ds: p = dropout(softmax(..)), ds = the gradient of the unscaled scores. */
    static void gradient(float[] p, float[] ds, float[] delta, int[] kept, FloatArray mask, FloatArray rowMax, FloatArray rowSum, int block,
                         IntArray constants, FloatArray factors, int thread) {
        int seq = constants.get(0);
        int maskAt = block / constants.get(1) * seq;
        int threshold = constants.get(3);
        float scale = factors.get(0);
        float keepScale = factors.get(1);
        int lane = thread % WARP;
        for (int i = thread / WARP; i < seq; i += WARPS) {
            float max = rowMax.get(block * seq + i);
            float sum = rowSum.get(block * seq + i);
            float inverse = sum == 0f ? 0f : 1f / sum;
            for (int j = lane; j < seq; j += WARP) {
                float keep = factor(kept, block, seq, i, j, threshold, keepScale);
                float probability = TornadoMath.exp(p[i * KEYS + j] * scale + mask.get(maskAt + j) - max) * inverse;
                ds[i * KEYS + j] = probability * (keep * ds[i * KEYS + j] - delta[i]) * scale;
                p[i * KEYS + j] = probability * keep;
            }
        }
    }
}
