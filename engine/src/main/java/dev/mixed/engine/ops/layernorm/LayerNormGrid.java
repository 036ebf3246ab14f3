// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import dev.mixed.engine.ops.random.DropoutGrid;
import dev.mixed.engine.ops.random.Philox;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Layer normalisation with a warp to a row, and with the dropout and the addition around it; formulas as in the reference kernels.
 *
 * <p>Where rows have at most {@link #LONGEST} elements, each lane keeps its share of one in registers: {@code perLane}, a constant of the launch,
 * lets the compiler unroll the loops over it. Beyond the row's end its last element is loaded, so that no branch stands between one load and the next.
 */
public final class LayerNormGrid {
    static final int WARP = 32;
    /** Warps to a block. */
    static final int WARPS = 4;
    static final int THREADS = WARPS * WARP;
    /** Rows to a warp, and to a block, of the backward pass. */
    static final int WARP_ROWS = 4;
    static final int BLOCK_ROWS = WARPS * WARP_ROWS;
    static final int MOST_PER_LANE = 32;
    static final int LONGEST = WARP * MOST_PER_LANE;

    /** Places of the numbers in {@code size}. */
    static final int ROWS = 0;
    static final int N = 1;
    static final int THRESHOLD = 2;
    static final int DROPPING = 3;

    private LayerNormGrid() {
    }

    /** y, mean and rstd of each row of x, of any length; size = {rows, n}, constants = {eps}. */
    public static void forward(KernelContext context, @AlsoHalf FloatArray x, FloatArray gamma, FloatArray beta, @AlsoHalf FloatArray y, FloatArray mean,
            FloatArray rstd, IntArray size, FloatArray constants) {
        int n = size.get(N);
        int row = context.groupIdx * WARPS + context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        if (row < size.get(ROWS)) {
            int base = row * n;
            float total = 0f;
            for (int j = lane; j < n; j += WARP) {
                total += x.get(base + j);
            }
            float m = context.simdSum(total) / n;
            float squares = 0f;
            for (int j = lane; j < n; j += WARP) {
                float d = x.get(base + j) - m;
                squares += d * d;
            }
            float r = 1f / TornadoMath.sqrt(context.simdSum(squares) / n + constants.get(0));
            if (lane == 0) {
                mean.set(row, m);
                rstd.set(row, r);
            }
            for (int j = lane; j < n; j += WARP) {
                y.set(base + j, (x.get(base + j) - m) * r * gamma.get(j) + beta.get(j));
            }
        }
    }

    /**
     * sum = dropout(x) + residual, and y, mean and rstd of each row of it. Nothing is rounded before it is stored.
     *
     * @param size      {rows, n, keep threshold, 1 if x is dropped out}
     * @param constants {eps, 1 / (1 - p)}
     * @param perLane   n / 32, rounded up
     */
    public static void addNormalize(KernelContext context, @AlsoHalf FloatArray x, IntArray snapshot, @AlsoHalf FloatArray residual, FloatArray gamma,
            FloatArray beta, @AlsoHalf FloatArray sum, @AlsoHalf FloatArray y, FloatArray mean, FloatArray rstd, IntArray size, FloatArray constants,
            int perLane) {
        int[] kept = context.allocateIntLocalArray(WARPS * LONGEST / 4);
        float[] values = new float[MOST_PER_LANE];
        int n = size.get(N);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int dropping = size.get(DROPPING);
        int quads = dropping != 0 ? WARPS * (n / 4) : WARPS * LONGEST / 4;
        for (int i = context.localIdx; i < quads; i += THREADS) {
            kept[i] = mask(snapshot, context.groupIdx * quads + i, size.get(THRESHOLD), dropping);
        }
        context.localBarrier();
        int row = context.groupIdx * WARPS + warp;
        if (row < size.get(ROWS)) {
            int base = row * n;
            float scale = constants.get(1);
            float total = 0f;
            for (int k = 0; k < perLane; k++) {
                int j = lane + WARP * k;
                int inside = j < n ? j : n - 1;
                float factor = DropoutGrid.factor(kept[(warp * n + inside) / 4], inside & 3, scale);
                float v = x.get(base + inside) * factor + residual.get(base + inside);
                values[k] = v;
                total += j < n ? v : 0f;
            }
            float m = context.simdSum(total) / n;
            float squares = 0f;
            for (int k = 0; k < perLane; k++) {
                float d = lane + WARP * k < n ? values[k] - m : 0f;
                squares += d * d;
            }
            float r = 1f / TornadoMath.sqrt(context.simdSum(squares) / n + constants.get(0));
            if (lane == 0) {
                mean.set(row, m);
                rstd.set(row, r);
            }
            for (int k = 0; k < perLane; k++) {
                int j = lane + WARP * k;
                if (j < n) {
                    sum.set(base + j, values[k]);
                    y.set(base + j, (values[k] - m) * r * gamma.get(j) + beta.get(j));
                }
            }
        }
    }

    /**
     * dx of each row, its dropout if asked for, and for each block of rows the sums for the gradients of gamma, of beta, and of a bias before.
     *
     * @param partials  [blocks, 3, n]: of dy xhat, of dy, and of what was dropped out, or else of dx
     * @param size      {rows, n, keep threshold, 1 if dropped is written}
     * @param constants {1 / (1 - p), or 1}
     * @param perLane   n / 32, rounded up
     */
    public static void backward(KernelContext context, @AlsoHalf FloatArray x, FloatArray gamma, FloatArray mean, FloatArray rstd,
            @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, @AlsoHalf FloatArray dropped, IntArray snapshot, FloatArray partials, IntArray size,
            FloatArray constants, int perLane) {
        int[] kept = context.allocateIntLocalArray(BLOCK_ROWS * LONGEST / 4);
        float[] shared = context.allocateFloatLocalArray(WARPS * LONGEST);
        float[] gammaSums = new float[MOST_PER_LANE];
        float[] betaSums = new float[MOST_PER_LANE];
        float[] outSums = new float[MOST_PER_LANE];
        int n = size.get(N);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int dropping = size.get(DROPPING);
        float scale = constants.get(0);
        int quads = dropping != 0 ? BLOCK_ROWS * (n / 4) : BLOCK_ROWS * LONGEST / 4;
        for (int i = context.localIdx; i < quads; i += THREADS) {
            kept[i] = mask(snapshot, context.groupIdx * quads + i, size.get(THRESHOLD), dropping);
        }
        context.localBarrier();
        for (int k = 0; k < perLane; k++) {
            gammaSums[k] = 0f;
            betaSums[k] = 0f;
            outSums[k] = 0f;
        }
        for (int i = 0; i < WARP_ROWS; i++) {
            int blockRow = warp * WARP_ROWS + i;
            int row = context.groupIdx * BLOCK_ROWS + blockRow;
            if (row < size.get(ROWS)) {
                int base = row * n;
                float m = mean.get(row);
                float r = rstd.get(row);
                float sum = 0f;
                float dot = 0f;
                for (int k = 0; k < perLane; k++) {
                    int j = lane + WARP * k;
                    int inside = j < n ? j : n - 1;
                    float up = dy.get(base + inside);
                    up = j < n ? up : 0f;
                    float xhat = (x.get(base + inside) - m) * r;
                    gammaSums[k] += up * xhat;
                    betaSums[k] += up;
                    float g = up * gamma.get(inside);
                    sum += g;
                    dot += g * xhat;
                }
                float meanG = context.simdSum(sum) / n;
                float meanDot = context.simdSum(dot) / n;
                for (int k = 0; k < perLane; k++) {
                    int j = lane + WARP * k;
                    if (j < n) {
                        float g = dy.get(base + j) * gamma.get(j);
                        float xhat = (x.get(base + j) - m) * r;
                        float d = r * (g - meanG - xhat * meanDot);
                        dx.set(base + j, d);
                        float v = d * DropoutGrid.factor(kept[(blockRow * n + j) / 4], j & 3, scale);
                        outSums[k] += v;
                        if (dropping != 0) {
                            dropped.set(base + j, v);
                        }
                    }
                }
            }
        }
        int out = 3 * context.groupIdx * n;
        for (int k = 0; k < perLane; k++) {
            shared[warp * LONGEST + lane + WARP * k] = gammaSums[k];
        }
        context.localBarrier();
        for (int j = context.localIdx; j < n; j += THREADS) {
            partials.set(out + j, shared[j] + shared[LONGEST + j] + shared[2 * LONGEST + j] + shared[3 * LONGEST + j]);
        }
        context.localBarrier();
        for (int k = 0; k < perLane; k++) {
            shared[warp * LONGEST + lane + WARP * k] = betaSums[k];
        }
        context.localBarrier();
        for (int j = context.localIdx; j < n; j += THREADS) {
            partials.set(out + n + j, shared[j] + shared[LONGEST + j] + shared[2 * LONGEST + j] + shared[3 * LONGEST + j]);
        }
        context.localBarrier();
        for (int k = 0; k < perLane; k++) {
            shared[warp * LONGEST + lane + WARP * k] = outSums[k];
        }
        context.localBarrier();
        for (int j = context.localIdx; j < n; j += THREADS) {
            partials.set(out + 2 * n + j, shared[j] + shared[LONGEST + j] + shared[2 * LONGEST + j] + shared[3 * LONGEST + j]);
        }
    }

    /** Four neighbours' dropout decisions; all are kept without dropout. */
    static int mask(IntArray snapshot, int block, int threshold, int dropping) {
        int kept = 15;
        if (dropping != 0) {
            kept = Philox.keepFour(snapshot.get(0), snapshot.get(1), snapshot.get(2), snapshot.get(3), block, threshold);
        }
        return kept;
    }
}
