package dev.mixed.engine.gpu;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Sums of thousands of numbers to one, by one block; size = {how many}. */
public final class TotalKernels {
    static final int THREADS = 1024;
    private static final int WARP = 32;

    private TotalKernels() {
    }

    /** result[0] = 1 if any flag is above 0, else 0. */
    public static void anyFlag(KernelContext context, FloatArray flags, FloatArray result, IntArray size) {
        float[] sums = context.allocateFloatLocalArray(THREADS / WARP);
        int n = size.get(0);
        float found = 0f;
        for (int e = context.localIdx; e < n; e += THREADS) {
            found = flags.get(e) > 0f ? 1f : found;
        }
        float warp1 = context.simdSum(found);
        if (context.localIdx % WARP == 0) {
            sums[context.localIdx / WARP] = warp1;
        }
        context.localBarrier();
        found = context.simdSum(sums[context.localIdx % WARP]);
        if (context.localIdx == 0) {
            result.set(0, found > 0f ? 1f : 0f);
        }
    }

    /** result[0] = sqrt(sum of partials). */
    public static void rootOfTotal(KernelContext context, FloatArray partials, FloatArray result, IntArray size) {
        float[] sums = context.allocateFloatLocalArray(THREADS / WARP);
        float warp2 = context.simdSum(threadSum(context, partials, size.get(0)));
        if (context.localIdx % WARP == 0) {
            sums[context.localIdx / WARP] = warp2;
        }
        context.localBarrier();
        float sum = context.simdSum(sums[context.localIdx % WARP]);
        if (context.localIdx == 0) {
            result.set(0, TornadoMath.sqrt(sum));
        }
    }

    /** result[0] = sum of x. */
    public static void total(KernelContext context, FloatArray x, FloatArray result, IntArray size) {
        float[] sums = context.allocateFloatLocalArray(THREADS / WARP);
        float warp3 = context.simdSum(threadSum(context, x, size.get(0)));
        if (context.localIdx % WARP == 0) {
            sums[context.localIdx / WARP] = warp3;
        }
        context.localBarrier();
        float sum = context.simdSum(sums[context.localIdx % WARP]);
        if (context.localIdx == 0) {
            result.set(0, sum);
        }
    }

    /** result[0] = sum(weighted) / sum(weights). */
    public static void weightedMean(KernelContext context, FloatArray weighted, FloatArray weights, FloatArray result, IntArray size) {
        float[] sums = context.allocateFloatLocalArray(THREADS / WARP);
        float warp4 = context.simdSum(threadSum(context, weighted, size.get(0)));
        if (context.localIdx % WARP == 0) {
            sums[context.localIdx / WARP] = warp4;
        }
        context.localBarrier();
        float sum = context.simdSum(sums[context.localIdx % WARP]);
        // The numbers of the first sum have been read.
        context.localBarrier();
        float warp5 = context.simdSum(threadSum(context, weights, size.get(0)));
        if (context.localIdx % WARP == 0) {
            sums[context.localIdx / WARP] = warp5;
        }
        context.localBarrier();
        float weight = context.simdSum(sums[context.localIdx % WARP]);
        if (context.localIdx == 0) {
            result.set(0, sum / weight);
        }
    }

    private static float threadSum(KernelContext context, FloatArray x, int n) {
        float sum = 0f;
        for (int e = context.localIdx; e < n; e += THREADS) {
            sum += x.get(e);
        }
        return sum;
    }
}
