// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import static dev.mixed.engine.ops.attention.Attention.KEEP_ALL;

import dev.mixed.engine.ops.random.Philox;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What attention does to rows of scores between its matrix products: softmax and dropout, and their gradient. A warp has a row (batch, head,
 * query), a lane every 32nd key, all of which it loads before it stores anything.
 *
 * <p>Scores are q k^T, not yet scaled. The lanes first draw the dropout decisions of the whole row, four neighbours at a time, and share them
 * in local memory. Only kernels index arrays in local memory: a helper, once inlined, gets their addresses wrong. Sums and maxima run over the
 * warp in a fixed order.
 *
 * <p>All grid kernels of attention take the same sizes and factors, of which each reads what it needs.
 */
final class AttentionGrid {
    static final int WARP = 32;
    /** Rows of a block. */
    static final int ROWS = 8;
    static final int THREADS = ROWS * WARP;
    /** Keys of a lane that still fit its registers. */
    static final int MAX_SLOTS = 64;

    /** Places in {@code sizes}: rows of all heads, keys of a row, heads, elements of a head's row, */
    static final int ALL = 0, SEQ = 1, HEADS = 2, D = 3;
    /** elements from one row of scores to the next, from one head's scores to the next, and from one row of probabilities to the next, */
    static final int SCORES_ROW = 4, SCORES_HEAD = 5, P_ROW = 6;
    /** and the threshold below which a random number keeps a probability. */
    static final int THRESHOLD = 7;
    static final int SIZES = 8;
    /** Places in {@code factors}: the factor of scores, and that of probabilities that dropout keeps. */
    static final int SCALE = 0, KEEP_SCALE = 1;

    private AttentionGrid() {
    }

    /** Keys that a lane has room for: powers of two, so that many lengths share one kernel. */
    static int slots(int seq) {
        int slots = 4;
        while (slots * WARP < seq) {
            slots *= 2;
        }
        return slots;
    }

    /** Decisions of a row that there is room for: one int for each four elements that its ends may lie in. */
    static int decisions(int seq) {
        return slots(seq) * WARP / 4 + 1;
    }

    /**
     * p = dropout(softmax(scores * scale + mask)), its row maximum and sum of exponentials; {@code room} from {@link #decisions} and
     * {@code slots}, keys of a lane, from {@link #slots}.
     */
    static void softmax(KernelContext context, FloatArray scores, FloatArray mask, IntArray random, FloatArray rowMax, FloatArray rowSum,
            @AlsoHalf FloatArray p, IntArray sizes, FloatArray factors, int room, int slots) {
        int[] kept = context.allocateIntLocalArray(ROWS * room);
        int lane = context.localIdx % WARP;
        int own = context.localIdx / WARP * room;
        int row = context.groupIdx * ROWS + context.localIdx / WARP;
        int r = Math.min(row, sizes.get(ALL) - 1);
        int seq = sizes.get(SEQ);
        int head = r / seq;
        int at = head * sizes.get(SCORES_HEAD) + (r - head * seq) * sizes.get(SCORES_ROW);
        int maskAt = head / sizes.get(HEADS) * seq;
        int threshold = sizes.get(THRESHOLD);
        int first = r * seq;
        int quads = threshold < KEEP_ALL ? ((first + seq - 1) >> 2) - (first >> 2) + 1 : 0;
        for (int i = lane; i < quads; i += WARP) {
            kept[own + i] = Philox.keepFour(random.get(0), random.get(1), random.get(2), random.get(3), (first >> 2) + i, threshold);
        }
        context.localBarrier();
        float scale = factors.get(SCALE);
        float[] e = new float[slots];
        for (int i = 0; i < slots; i++) {
            e[i] = score(scores, mask, at, maskAt, lane + i * WARP, seq, scale);
        }
        float max = -Float.MAX_VALUE;
        for (int i = 0; i < slots; i++) {
            max = larger(max, e[i]);
        }
        max = larger(max, context.simdShuffleDown(max, 16));
        max = larger(max, context.simdShuffleDown(max, 8));
        max = larger(max, context.simdShuffleDown(max, 4));
        max = larger(max, context.simdShuffleDown(max, 2));
        max = larger(max, context.simdShuffleDown(max, 1));
        max = context.simdBroadcastFirst(max);
        float part = 0f;
        for (int i = 0; i < slots; i++) {
            e[i] = TornadoMath.exp(e[i] - max);
            part += e[i];
        }
        float sum = context.simdSum(part);
        if (row < sizes.get(ALL)) {
            if (lane == 0) {
                rowMax.set(row, max);
                rowSum.set(row, sum);
            }
            float keepScale = factors.get(KEEP_SCALE);
            float inverse = inverse(sum);
            int to = row * sizes.get(P_ROW);
            for (int i = 0; i < slots; i++) {
                int j = lane + i * WARP;
                if (j < seq) {
                    float value = e[i] * inverse * factor(kept[own + ((first + j) >> 2) - (first >> 2)], first + j, threshold, keepScale);
                    p.set(to + j, value);
                }
            }
        }
    }

    /**
     * delta = rowsum(dout out), p = dropout(softmax(..)) again, and ds = the gradient of the unscaled scores.
     *
     * @param dp dout v^T, laid out as the scores
     */
    static void gradient(KernelContext context, FloatArray scores, FloatArray dp, FloatArray mask, IntArray random, FloatArray rowMax, FloatArray rowSum,
            @AlsoHalf FloatArray out, @AlsoHalf FloatArray dout, FloatArray delta, @AlsoHalf FloatArray p, @AlsoHalf FloatArray ds, IntArray sizes,
            FloatArray factors, int room, int slots) {
        int[] kept = context.allocateIntLocalArray(ROWS * room);
        int lane = context.localIdx % WARP;
        int own = context.localIdx / WARP * room;
        int row = context.groupIdx * ROWS + context.localIdx / WARP;
        int r = Math.min(row, sizes.get(ALL) - 1);
        int seq = sizes.get(SEQ);
        int head = r / seq;
        int threshold = sizes.get(THRESHOLD);
        int first = r * seq;
        int quads = threshold < KEEP_ALL ? ((first + seq - 1) >> 2) - (first >> 2) + 1 : 0;
        for (int i = lane; i < quads; i += WARP) {
            kept[own + i] = Philox.keepFour(random.get(0), random.get(1), random.get(2), random.get(3), (first >> 2) + i, threshold);
        }
        context.localBarrier();
        int heads = sizes.get(HEADS);
        int batch = head / heads;
        int at = head * sizes.get(SCORES_HEAD) + (r - head * seq) * sizes.get(SCORES_ROW);
        float scale = factors.get(SCALE);
        float[] e = new float[slots];
        float[] g = new float[slots];
        for (int i = 0; i < slots; i++) {
            e[i] = score(scores, mask, at, batch * seq, lane + i * WARP, seq, scale);
            g[i] = dp.get(at + Math.min(lane + i * WARP, seq - 1));
        }
        int d = sizes.get(D);
        int outAt = ((batch * seq + r - head * seq) * heads + head - batch * heads) * d;
        float part = 0f;
        for (int c = lane; c < d; c += WARP) {
            part += dout.get(outAt + c) * out.get(outAt + c);
        }
        float mean = context.simdSum(part);
        if (row < sizes.get(ALL)) {
            if (lane == 0) {
                delta.set(row, mean);
            }
            float keepScale = factors.get(KEEP_SCALE);
            float max = rowMax.get(row);
            float inverse = inverse(rowSum.get(row));
            int to = row * sizes.get(P_ROW);
            for (int i = 0; i < slots; i++) {
                int j = lane + i * WARP;
                if (j < seq) {
                    float keep = factor(kept[own + ((first + j) >> 2) - (first >> 2)], first + j, threshold, keepScale);
                    float probability = TornadoMath.exp(e[i] - max) * inverse;
                    float gradient = probability * (keep * g[i] - mean) * scale;
                    float dropped = probability * keep;
                    p.set(to + j, dropped);
                    ds.set(to + j, gradient);
                }
            }
        }
    }

    /** The dropout factor of an element whose decision is among {@code four}. */
    static float factor(int four, int element, int threshold, float keepScale) {
        return threshold == KEEP_ALL || ((four >> (element & 3)) & 1) != 0 ? keepScale : 0f;
    }

    /** score j of a row, scaled and masked; -inf past its end. */
    static float score(FloatArray scores, FloatArray mask, int at, int maskAt, int j, int seq, float scale) {
        int k = Math.min(j, seq - 1);
        float score = scores.get(at + k) * scale + mask.get(maskAt + k);
        return j < seq ? score : Float.NEGATIVE_INFINITY;
    }

    static float larger(float a, float b) {
        return b > a ? b : a;
    }

    /** 1 / sum; a row that attends to nothing has only zeros. */
    static float inverse(float sum) {
        return sum == 0f ? 0f : 1f / sum;
    }
}
