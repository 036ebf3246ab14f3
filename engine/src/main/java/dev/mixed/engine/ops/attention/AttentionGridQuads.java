// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import static dev.mixed.engine.ops.attention.AttentionGrid.ALL;
import static dev.mixed.engine.ops.attention.AttentionGrid.D;
import static dev.mixed.engine.ops.attention.AttentionGrid.HEADS;
import static dev.mixed.engine.ops.attention.AttentionGrid.KEEP_SCALE;
import static dev.mixed.engine.ops.attention.AttentionGrid.P_ROW;
import static dev.mixed.engine.ops.attention.AttentionGrid.ROWS;
import static dev.mixed.engine.ops.attention.AttentionGrid.SCALE;
import static dev.mixed.engine.ops.attention.AttentionGrid.SCORES_HEAD;
import static dev.mixed.engine.ops.attention.AttentionGrid.SCORES_ROW;
import static dev.mixed.engine.ops.attention.AttentionGrid.SEQ;
import static dev.mixed.engine.ops.attention.AttentionGrid.THRESHOLD;
import static dev.mixed.engine.ops.attention.AttentionGrid.WARP;
import static dev.mixed.engine.ops.attention.AttentionGrid.inverse;

import dev.mixed.engine.ops.random.Philox;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.vectors.Half2;

/**
 * {@link AttentionGrid} on half storage where the number of keys is a multiple of 4: a lane has four neighbouring keys of each 128, whose dropout
 * decisions are one block of random words, and loads and stores them two at a time.
 *
 * <p>What the backward pass needs of the forward pass is the probabilities as they were before dropout, with the sign of a minus where dropout
 * took one: neither the softmax nor the random words are computed again. A NaN counts as kept, so it stays one.
 */
final class AttentionGridQuads {
    private AttentionGridQuads() {
    }

    /** Whether rows of so many keys consist of whole quads. */
    static boolean fits(int seq) {
        return seq % 4 == 0;
    }

    /** Quads of a lane. */
    static int quads(int seq) {
        return AttentionGrid.slots(seq) / 4;
    }

    /**
     * p = dropout(softmax(scores * scale + mask)), its row maximum and sum of exponentials.
     *
     * @param signedP  the probabilities before dropout, negative where it takes them; written if {@code keeping} and {@code dropping} are not 0
     * @param dropping 0 if nothing is dropped
     * @param quads    from {@link #quads}
     */
    static void softmax(KernelContext context, FloatArray scores, FloatArray mask, IntArray random, FloatArray rowMax, FloatArray rowSum,
            HalfFloatArray p, HalfFloatArray signedP, IntArray sizes, FloatArray factors, int dropping, int keeping, int quads) {
        float[] e = new float[4 * quads];
        int lane = context.localIdx % WARP;
        int row = context.groupIdx * ROWS + context.localIdx / WARP;
        if (row < sizes.get(ALL)) {
            int seq = sizes.get(SEQ);
            int head = row / seq;
            int at = head * sizes.get(SCORES_HEAD) + (row - head * seq) * sizes.get(SCORES_ROW);
            int maskAt = head / sizes.get(HEADS) * seq;
            float scale = factors.get(SCALE);
            for (int i = 0; i < quads; i++) {
                int j = (lane + i * WARP) * 4;
                int k = Math.min(j, seq - 4);
                e[4 * i] = score(scores, mask, at + k, maskAt + k, j < seq, scale);
                e[4 * i + 1] = score(scores, mask, at + k + 1, maskAt + k + 1, j < seq, scale);
                e[4 * i + 2] = score(scores, mask, at + k + 2, maskAt + k + 2, j < seq, scale);
                e[4 * i + 3] = score(scores, mask, at + k + 3, maskAt + k + 3, j < seq, scale);
            }
            float max = -Float.MAX_VALUE;
            for (int i = 0; i < 4 * quads; i++) {
                max = TornadoMath.max(max, e[i]);
            }
            max = TornadoMath.max(max, context.simdShuffleDown(max, 16));
            max = TornadoMath.max(max, context.simdShuffleDown(max, 8));
            max = TornadoMath.max(max, context.simdShuffleDown(max, 4));
            max = TornadoMath.max(max, context.simdShuffleDown(max, 2));
            max = TornadoMath.max(max, context.simdShuffleDown(max, 1));
            max = context.simdBroadcastFirst(max);
            float part = 0f;
            for (int i = 0; i < 4 * quads; i++) {
                e[i] = TornadoMath.exp(e[i] - max);
                part += e[i];
            }
            float sum = context.simdSum(part);
            float inverse = inverse(sum);
            float keepScale = factors.get(KEEP_SCALE);
            int threshold = sizes.get(THRESHOLD);
            int to = row * sizes.get(P_ROW) + lane * 4;
            int block = row * (seq / 4) + lane;
            int r0 = random.get(0);
            int r1 = random.get(1);
            int r2 = random.get(2);
            int r3 = random.get(3);
            if (lane == 0) {
                rowMax.set(row, max);
                rowSum.set(row, sum);
            }
            for (int i = 0; i < quads; i++) {
                if ((lane + i * WARP) * 4 < seq) {
                    float v0 = e[4 * i] * inverse;
                    float v1 = e[4 * i + 1] * inverse;
                    float v2 = e[4 * i + 2] * inverse;
                    float v3 = e[4 * i + 3] * inverse;
                    if (dropping == 0) {
                        p.setHalf2(to + i * WARP * 4, Half2.fromFloats(v0, v1));
                        p.setHalf2(to + i * WARP * 4 + 2, Half2.fromFloats(v2, v3));
                    } else {
                        int kept = Philox.keepFour(r0, r1, r2, r3, block + i * WARP, threshold);
                        boolean k0 = (kept & 1) != 0;
                        boolean k1 = (kept & 2) != 0;
                        boolean k2 = (kept & 4) != 0;
                        boolean k3 = (kept & 8) != 0;
                        p.setHalf2(to + i * WARP * 4, Half2.fromFloats(v0 * (k0 ? keepScale : 0f), v1 * (k1 ? keepScale : 0f)));
                        p.setHalf2(to + i * WARP * 4 + 2, Half2.fromFloats(v2 * (k2 ? keepScale : 0f), v3 * (k3 ? keepScale : 0f)));
                        if (keeping != 0) {
                            signedP.setHalf2(to + i * WARP * 4, Half2.fromFloats(k0 ? v0 : -v0, k1 ? v1 : -v1));
                            signedP.setHalf2(to + i * WARP * 4 + 2, Half2.fromFloats(k2 ? v2 : -v2, k3 ? v3 : -v3));
                        }
                    }
                }
            }
        }
    }

    /**
     * delta = rowsum(dout out), p = the probabilities after dropout, and ds = the gradient of the unscaled scores.
     *
     * @param signedP from {@link #softmax}, or its p if nothing was dropped
     * @param dp      dout v^T, laid out as the scores
     * @param p       written if {@code dropping} is not 0
     */
    static void gradient(KernelContext context, HalfFloatArray signedP, FloatArray dp, HalfFloatArray out, HalfFloatArray dout, FloatArray delta,
            HalfFloatArray p, HalfFloatArray ds, IntArray sizes, FloatArray factors, int dropping, int quads) {
        float[] w = new float[4 * quads];
        float[] g = new float[4 * quads];
        int lane = context.localIdx % WARP;
        int row = context.groupIdx * ROWS + context.localIdx / WARP;
        if (row < sizes.get(ALL)) {
            int seq = sizes.get(SEQ);
            int head = row / seq;
            int heads = sizes.get(HEADS);
            int batch = head / heads;
            int pRow = sizes.get(P_ROW);
            int from = row * pRow;
            int at = head * sizes.get(SCORES_HEAD) + (row - head * seq) * sizes.get(SCORES_ROW);
            for (int i = 0; i < quads; i++) {
                int k = Math.min((lane + i * WARP) * 4, seq - 4);
                Half2 first = signedP.getHalf2(from + k);
                Half2 second = signedP.getHalf2(from + k + 2);
                w[4 * i] = Half2.lowFloat(first);
                w[4 * i + 1] = Half2.highFloat(first);
                w[4 * i + 2] = Half2.lowFloat(second);
                w[4 * i + 3] = Half2.highFloat(second);
                g[4 * i] = dp.get(at + k);
                g[4 * i + 1] = dp.get(at + k + 1);
                g[4 * i + 2] = dp.get(at + k + 2);
                g[4 * i + 3] = dp.get(at + k + 3);
            }
            int d = sizes.get(D);
            int outAt = ((batch * seq + row - head * seq) * heads + head - batch * heads) * d;
            float part = 0f;
            for (int c = lane; c < d; c += WARP) {
                part += dout.get(outAt + c).getFloat32() * out.get(outAt + c).getFloat32();
            }
            float mean = context.simdSum(part);
            float keepScale = factors.get(KEEP_SCALE);
            float scale = factors.get(SCALE);
            float both = keepScale * scale;
            float less = mean * scale;
            int to = from + lane * 4;
            if (lane == 0) {
                delta.set(row, mean);
            }
            for (int i = 0; i < quads; i++) {
                if ((lane + i * WARP) * 4 < seq) {
                    ds.setHalf2(to + i * WARP * 4,
                            Half2.fromFloats(scoreGradient(w[4 * i], g[4 * i], both, less), scoreGradient(w[4 * i + 1], g[4 * i + 1], both, less)));
                    ds.setHalf2(to + i * WARP * 4 + 2,
                            Half2.fromFloats(scoreGradient(w[4 * i + 2], g[4 * i + 2], both, less), scoreGradient(w[4 * i + 3], g[4 * i + 3], both, less)));
                    if (dropping != 0) {
                        p.setHalf2(to + i * WARP * 4, Half2.fromFloats(dropped(w[4 * i], keepScale), dropped(w[4 * i + 1], keepScale)));
                        p.setHalf2(to + i * WARP * 4 + 2, Half2.fromFloats(dropped(w[4 * i + 2], keepScale), dropped(w[4 * i + 3], keepScale)));
                    }
                }
            }
        }
    }

    private static float scoreGradient(float signedP, float dp, float factor, float less) {
        return TornadoMath.abs(signedP) * (dp * (signedP < 0f ? 0f : factor) - less);
    }

    private static float dropped(float signedP, float keepScale) {
        return signedP < 0f ? 0f : signedP * keepScale;
    }

    private static float score(FloatArray scores, FloatArray mask, int at, int maskAt, boolean inside, float scale) {
        float score = scores.get(at) * scale + mask.get(maskAt);
        return inside ? score : Float.NEGATIVE_INFINITY;
    }
}
