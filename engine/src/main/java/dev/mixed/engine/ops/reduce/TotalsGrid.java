// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Grid;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Sums of thousands of numbers to one, by one block; size = {how many}. */
public final class TotalsGrid {
    private static final int THREADS = 1024;
    /** The one block. */
    public static final Grid GRID = Grid.of(1, THREADS);
    private static final int WARP = 32;

    private TotalsGrid() {
    }

    /** result[0] = 1 if any flag is above 0, else 0. */
    public static void anyFlag(KernelContext context, FloatArray flags, FloatArray result, IntArray size) {
        float[] sums = context.allocateFloatLocalArray(THREADS / WARP);
        int t = context.localIdx;
        int n = size.get(0);
        float found = 0f;
        for (int e = t; e < n; e += THREADS) {
            found = flags.get(e) > 0f ? 1f : found;
        }
        found = context.simdSum(found);
        if (t % WARP == 0) {
            sums[t / WARP] = found;
        }
        context.localBarrier();
        found = context.simdSum(sums[t % WARP]);
        if (t == 0) {
            result.set(0, found > 0f ? 1f : 0f);
        }
    }

    /** result[0] = sqrt(sum of partials). */
    public static void rootOfTotal(KernelContext context, FloatArray partials, FloatArray result, IntArray size) {
        float[] sums = context.allocateFloatLocalArray(THREADS / WARP);
        int t = context.localIdx;
        float sum = context.simdSum(threadSum(t, partials, size.get(0)));
        if (t % WARP == 0) {
            sums[t / WARP] = sum;
        }
        context.localBarrier();
        sum = context.simdSum(sums[t % WARP]);
        if (t == 0) {
            result.set(0, TornadoMath.sqrt(sum));
        }
    }

    /** result[0] = sum of x. */
    public static void total(KernelContext context, FloatArray x, FloatArray result, IntArray size) {
        float[] sums = context.allocateFloatLocalArray(THREADS / WARP);
        int t = context.localIdx;
        float sum = context.simdSum(threadSum(t, x, size.get(0)));
        if (t % WARP == 0) {
            sums[t / WARP] = sum;
        }
        context.localBarrier();
        sum = context.simdSum(sums[t % WARP]);
        if (t == 0) {
            result.set(0, sum);
        }
    }

    /** result[0] = sum(weighted) / sum(weights). */
    public static void weightedMean(KernelContext context, FloatArray weighted, FloatArray weights, FloatArray result, IntArray size) {
        float[] sums = context.allocateFloatLocalArray(THREADS / WARP);
        int t = context.localIdx;
        float sum = context.simdSum(threadSum(t, weighted, size.get(0)));
        if (t % WARP == 0) {
            sums[t / WARP] = sum;
        }
        context.localBarrier();
        sum = context.simdSum(sums[t % WARP]);
        context.localBarrier();
        float weight = context.simdSum(threadSum(t, weights, size.get(0)));
        if (t % WARP == 0) {
            sums[t / WARP] = weight;
        }
        context.localBarrier();
        weight = context.simdSum(sums[t % WARP]);
        if (t == 0) {
            result.set(0, sum / weight);
        }
    }

    private static float threadSum(int t, FloatArray x, int n) {
        float sum = 0f;
        for (int e = t; e < n; e += THREADS) {
            sum += x.get(e);
        }
        return sum;
    }
}
