package dev.mixed.engine.ops.layernorm;

import static dev.mixed.engine.ops.layernorm.LayerNormFloat.BLOCK_ROWS;
import static dev.mixed.engine.ops.layernorm.LayerNormFloat.LONGEST;
import static dev.mixed.engine.ops.layernorm.LayerNormFloat.MOST_PER_LANE;
import static dev.mixed.engine.ops.layernorm.LayerNormFloat.THREADS;
import static dev.mixed.engine.ops.layernorm.LayerNormFloat.WARP;
import static dev.mixed.engine.ops.layernorm.LayerNormFloat.WARPS;
import static dev.mixed.engine.ops.layernorm.LayerNormFloat.WARP_ROWS;
import static dev.mixed.engine.ops.layernorm.LayerNormFloat.mask;

import dev.mixed.engine.ops.random.DropoutKernels;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** {@link LayerNormFloat} on half storage; statistics, gamma and beta are float. */
public final class LayerNormHalf {
    private LayerNormHalf() {
    }

    /** y, mean and rstd of each row of x, of any length; size = {rows, n}, constants = {eps}. */
    public static void normalizeHalf(KernelContext context, HalfFloatArray x, FloatArray gamma, FloatArray beta, HalfFloatArray y, FloatArray mean,
            FloatArray rstd, IntArray size, FloatArray constants) {
        int n = size.get(1);
        int row = context.groupIdx * WARPS + context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        if (row < size.get(0)) {
            int base = row * n;
            float total = 0f;
            for (int j = lane; j < n; j += WARP) {
                total += x.get(base + j).getFloat32();
            }
            float m = context.simdSum(total) / n;
            float squares = 0f;
            for (int j = lane; j < n; j += WARP) {
                float d = x.get(base + j).getFloat32() - m;
                squares += d * d;
            }
            float r = 1f / TornadoMath.sqrt(context.simdSum(squares) / n + constants.get(0));
            if (lane == 0) {
                mean.set(row, m);
                rstd.set(row, r);
            }
            for (int j = lane; j < n; j += WARP) {
                float v = (x.get(base + j).getFloat32() - m) * r * gamma.get(j) + beta.get(j);
                HalfFloat h = new HalfFloat(v);
                y.set(base + j, h);
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
    public static void addNormalizeHalf(KernelContext context, HalfFloatArray x, IntArray snapshot, HalfFloatArray residual, FloatArray gamma,
            FloatArray beta, HalfFloatArray sum, HalfFloatArray y, FloatArray mean, FloatArray rstd, IntArray size, FloatArray constants, int perLane) {
        int[] kept = context.allocateIntLocalArray(WARPS * LONGEST / 4);
        float[] values = new float[MOST_PER_LANE];
        int n = size.get(1);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int dropping = size.get(3);
        int quads = dropping != 0 ? WARPS * (n / 4) : WARPS * LONGEST / 4;
        for (int i = context.localIdx; i < quads; i += THREADS) {
            kept[i] = mask(snapshot, context.groupIdx * quads + i, size.get(2), dropping);
        }
        context.localBarrier();
        int row = context.groupIdx * WARPS + warp;
        if (row < size.get(0)) {
            int base = row * n;
            float scale = constants.get(1);
            float total = 0f;
            for (int k = 0; k < perLane; k++) {
                int j = lane + WARP * k;
                int inside = j < n ? j : n - 1;
                float factor = DropoutKernels.factor(kept[(warp * n + inside) / 4], inside & 3, scale);
                float v = x.get(base + inside).getFloat32() * factor + residual.get(base + inside).getFloat32();
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
                    float s = values[k];
                    HalfFloat hs = new HalfFloat(s);
                    sum.set(base + j, hs);
                    float v = (s - m) * r * gamma.get(j) + beta.get(j);
                    HalfFloat h = new HalfFloat(v);
                    y.set(base + j, h);
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
    public static void normalizeBackwardHalf(KernelContext context, HalfFloatArray x, FloatArray gamma, FloatArray mean, FloatArray rstd,
            HalfFloatArray dy, HalfFloatArray dx, HalfFloatArray dropped, IntArray snapshot, FloatArray partials, IntArray size, FloatArray constants,
            int perLane) {
        int[] kept = context.allocateIntLocalArray(BLOCK_ROWS * LONGEST / 4);
        float[] shared = context.allocateFloatLocalArray(WARPS * LONGEST);
        float[] gammaSums = new float[MOST_PER_LANE];
        float[] betaSums = new float[MOST_PER_LANE];
        float[] outSums = new float[MOST_PER_LANE];
        int n = size.get(1);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int dropping = size.get(3);
        float scale = constants.get(0);
        int quads = dropping != 0 ? BLOCK_ROWS * (n / 4) : BLOCK_ROWS * LONGEST / 4;
        for (int i = context.localIdx; i < quads; i += THREADS) {
            kept[i] = mask(snapshot, context.groupIdx * quads + i, size.get(2), dropping);
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
            if (row < size.get(0)) {
                int base = row * n;
                float m = mean.get(row);
                float r = rstd.get(row);
                float sum = 0f;
                float dot = 0f;
                for (int k = 0; k < perLane; k++) {
                    int j = lane + WARP * k;
                    int inside = j < n ? j : n - 1;
                    float up = dy.get(base + inside).getFloat32();
                    up = j < n ? up : 0f;
                    float xhat = (x.get(base + inside).getFloat32() - m) * r;
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
                        float g = dy.get(base + j).getFloat32() * gamma.get(j);
                        float xhat = (x.get(base + j).getFloat32() - m) * r;
                        float d = r * (g - meanG - xhat * meanDot);
                        HalfFloat h = new HalfFloat(d);
                        dx.set(base + j, h);
                        float v = d * DropoutKernels.factor(kept[(blockRow * n + j) / 4], j & 3, scale);
                        outSums[k] += v;
                        if (dropping != 0) {
                            HalfFloat hd = new HalfFloat(v);
                            dropped.set(base + j, hd);
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
}
