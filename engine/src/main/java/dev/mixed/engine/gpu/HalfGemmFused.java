package dev.mixed.engine.gpu;

import dev.mixed.engine.kernels.Gelu;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/**
 * Products that end in F16: a block reads its tile of F32 scratch c, which has hardly left the cache, adds what is to be added, and casts it.
 *
 * <p>Scratch is needed since a tensor core's sums can leave registers no other way. {@code sizes} as {@link HalfGemm#tiled} gives them.
 */
final class HalfGemmFused {
    private HalfGemmFused() {
    }

    /** dst [.., m, n] = a b, or dst += a b if {@code sizes} says so. */
    public static void largeCast(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray dst, IntArray sizes, int alongA,
            int alongB) {
        HalfGemm128.multiply(context, a, b, c, sizes, alongA, alongB);
        context.globalBarrier();
        cast(context, c, dst, sizes, HalfGemm128.EDGE);
    }

    /** dst = a b + bias, or GELU of that if {@code sizes} says so; bias [n]. */
    public static void largeBias(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, IntArray sizes, int alongA,
            int alongB) {
        HalfGemm128.multiply(context, a, b, c, sizes, alongA, alongB);
        context.globalBarrier();
        bias(context, c, bias, dst, sizes, HalfGemm128.EDGE);
    }

    /** dst = a b + bias, activated = GELU(dst); bias [n]. */
    public static void largeBiasGelu(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, HalfFloatArray activated, IntArray sizes, int alongA,
            int alongB) {
        HalfGemm128.multiply(context, a, b, c, sizes, alongA, alongB);
        context.globalBarrier();
        biasGelu(context, c, bias, dst, activated, sizes, HalfGemm128.EDGE);
    }

    /** dst [.., m, n] = a b, or dst += a b if {@code sizes} says so. */
    public static void smallCast(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray dst, IntArray sizes, int alongA,
            int alongB) {
        HalfGemm64.multiply(context, a, b, c, sizes, alongA, alongB);
        context.globalBarrier();
        cast(context, c, dst, sizes, HalfGemm64.EDGE);
    }

    /** dst = a b + bias, or GELU of that if {@code sizes} says so; bias [n]. */
    public static void smallBias(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, IntArray sizes, int alongA,
            int alongB) {
        HalfGemm64.multiply(context, a, b, c, sizes, alongA, alongB);
        context.globalBarrier();
        bias(context, c, bias, dst, sizes, HalfGemm64.EDGE);
    }

    /** dst = a b + bias, activated = GELU(dst); bias [n]. */
    public static void smallBiasGelu(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, HalfFloatArray activated, IntArray sizes, int alongA,
            int alongB) {
        HalfGemm64.multiply(context, a, b, c, sizes, alongA, alongB);
        context.globalBarrier();
        biasGelu(context, c, bias, dst, activated, sizes, HalfGemm64.EDGE);
    }

    private static void cast(KernelContext context, FloatArray c, HalfFloatArray dst, IntArray sizes, int edge) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        int ldc = sizes.get(5);
        int outer = context.groupIdz / sizes.get(6);
        int inner = context.groupIdz - outer * sizes.get(6);
        int pairs = edge / 2;
        int column = context.groupIdx * edge + context.localIdx % pairs * 2;
        int top = context.groupIdy * edge;
        int from = outer * sizes.get(11) + inner * sizes.get(12) + column;
        int to = context.groupIdz * m * n + column;
        int step = HalfTiles.THREADS / pairs;
        int accumulate = sizes.get(16);
        if (column < n) {
            // A last column without a neighbour is written twice.
            int next = Math.min(column + 1, n - 1) - column;
            for (int row = top + context.localIdx / pairs; row < top + edge; row += 8 * step) {
                float first0 = c.get(from + row * ldc);
                float second0 = c.get(from + row * ldc + 1);
                float first1 = c.get(from + (row + step) * ldc);
                float second1 = c.get(from + (row + step) * ldc + 1);
                float first2 = c.get(from + (row + 2 * step) * ldc);
                float second2 = c.get(from + (row + 2 * step) * ldc + 1);
                float first3 = c.get(from + (row + 3 * step) * ldc);
                float second3 = c.get(from + (row + 3 * step) * ldc + 1);
                float first4 = c.get(from + (row + 4 * step) * ldc);
                float second4 = c.get(from + (row + 4 * step) * ldc + 1);
                float first5 = c.get(from + (row + 5 * step) * ldc);
                float second5 = c.get(from + (row + 5 * step) * ldc + 1);
                float first6 = c.get(from + (row + 6 * step) * ldc);
                float second6 = c.get(from + (row + 6 * step) * ldc + 1);
                float first7 = c.get(from + (row + 7 * step) * ldc);
                float second7 = c.get(from + (row + 7 * step) * ldc + 1);
                put(dst, to, row, m, n, next, first0, second0, accumulate);
                put(dst, to, row + step, m, n, next, first1, second1, accumulate);
                put(dst, to, row + 2 * step, m, n, next, first2, second2, accumulate);
                put(dst, to, row + 3 * step, m, n, next, first3, second3, accumulate);
                put(dst, to, row + 4 * step, m, n, next, first4, second4, accumulate);
                put(dst, to, row + 5 * step, m, n, next, first5, second5, accumulate);
                put(dst, to, row + 6 * step, m, n, next, first6, second6, accumulate);
                put(dst, to, row + 7 * step, m, n, next, first7, second7, accumulate);
            }
        }
    }

    private static void bias(KernelContext context, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, IntArray sizes, int edge) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        int ldc = sizes.get(5);
        int outer = context.groupIdz / sizes.get(6);
        int inner = context.groupIdz - outer * sizes.get(6);
        int pairs = edge / 2;
        int column = context.groupIdx * edge + context.localIdx % pairs * 2;
        int top = context.groupIdy * edge;
        int from = outer * sizes.get(11) + inner * sizes.get(12) + column;
        int to = context.groupIdz * m * n + column;
        int step = HalfTiles.THREADS / pairs;
        int gelu = sizes.get(17);
        if (column < n) {
            // A last column without a neighbour is written twice.
            int next = Math.min(column + 1, n - 1) - column;
            float firstBias = bias.get(column).getFloat32();
            float secondBias = bias.get(column + next).getFloat32();
            for (int row = top + context.localIdx / pairs; row < top + edge; row += 8 * step) {
                float first0 = c.get(from + row * ldc);
                float second0 = c.get(from + row * ldc + 1);
                float first1 = c.get(from + (row + step) * ldc);
                float second1 = c.get(from + (row + step) * ldc + 1);
                float first2 = c.get(from + (row + 2 * step) * ldc);
                float second2 = c.get(from + (row + 2 * step) * ldc + 1);
                float first3 = c.get(from + (row + 3 * step) * ldc);
                float second3 = c.get(from + (row + 3 * step) * ldc + 1);
                float first4 = c.get(from + (row + 4 * step) * ldc);
                float second4 = c.get(from + (row + 4 * step) * ldc + 1);
                float first5 = c.get(from + (row + 5 * step) * ldc);
                float second5 = c.get(from + (row + 5 * step) * ldc + 1);
                float first6 = c.get(from + (row + 6 * step) * ldc);
                float second6 = c.get(from + (row + 6 * step) * ldc + 1);
                float first7 = c.get(from + (row + 7 * step) * ldc);
                float second7 = c.get(from + (row + 7 * step) * ldc + 1);
                putGelu(dst, to, row, m, n, next, first0 + firstBias, second0 + secondBias, gelu);
                putGelu(dst, to, row + step, m, n, next, first1 + firstBias, second1 + secondBias, gelu);
                putGelu(dst, to, row + 2 * step, m, n, next, first2 + firstBias, second2 + secondBias, gelu);
                putGelu(dst, to, row + 3 * step, m, n, next, first3 + firstBias, second3 + secondBias, gelu);
                putGelu(dst, to, row + 4 * step, m, n, next, first4 + firstBias, second4 + secondBias, gelu);
                putGelu(dst, to, row + 5 * step, m, n, next, first5 + firstBias, second5 + secondBias, gelu);
                putGelu(dst, to, row + 6 * step, m, n, next, first6 + firstBias, second6 + secondBias, gelu);
                putGelu(dst, to, row + 7 * step, m, n, next, first7 + firstBias, second7 + secondBias, gelu);
            }
        }
    }

    private static void biasGelu(KernelContext context, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, HalfFloatArray activated, IntArray sizes, int edge) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        int ldc = sizes.get(5);
        int outer = context.groupIdz / sizes.get(6);
        int inner = context.groupIdz - outer * sizes.get(6);
        int pairs = edge / 2;
        int column = context.groupIdx * edge + context.localIdx % pairs * 2;
        int top = context.groupIdy * edge;
        int from = outer * sizes.get(11) + inner * sizes.get(12) + column;
        int to = context.groupIdz * m * n + column;
        int step = HalfTiles.THREADS / pairs;
        if (column < n) {
            // A last column without a neighbour is written twice.
            int next = Math.min(column + 1, n - 1) - column;
            float firstBias = bias.get(column).getFloat32();
            float secondBias = bias.get(column + next).getFloat32();
            for (int row = top + context.localIdx / pairs; row < top + edge; row += 8 * step) {
                float first0 = c.get(from + row * ldc);
                float second0 = c.get(from + row * ldc + 1);
                float first1 = c.get(from + (row + step) * ldc);
                float second1 = c.get(from + (row + step) * ldc + 1);
                float first2 = c.get(from + (row + 2 * step) * ldc);
                float second2 = c.get(from + (row + 2 * step) * ldc + 1);
                float first3 = c.get(from + (row + 3 * step) * ldc);
                float second3 = c.get(from + (row + 3 * step) * ldc + 1);
                float first4 = c.get(from + (row + 4 * step) * ldc);
                float second4 = c.get(from + (row + 4 * step) * ldc + 1);
                float first5 = c.get(from + (row + 5 * step) * ldc);
                float second5 = c.get(from + (row + 5 * step) * ldc + 1);
                float first6 = c.get(from + (row + 6 * step) * ldc);
                float second6 = c.get(from + (row + 6 * step) * ldc + 1);
                float first7 = c.get(from + (row + 7 * step) * ldc);
                float second7 = c.get(from + (row + 7 * step) * ldc + 1);
                putBoth(dst, activated, to, row, m, n, next, first0 + firstBias, second0 + secondBias);
                putBoth(dst, activated, to, row + step, m, n, next, first1 + firstBias, second1 + secondBias);
                putBoth(dst, activated, to, row + 2 * step, m, n, next, first2 + firstBias, second2 + secondBias);
                putBoth(dst, activated, to, row + 3 * step, m, n, next, first3 + firstBias, second3 + secondBias);
                putBoth(dst, activated, to, row + 4 * step, m, n, next, first4 + firstBias, second4 + secondBias);
                putBoth(dst, activated, to, row + 5 * step, m, n, next, first5 + firstBias, second5 + secondBias);
                putBoth(dst, activated, to, row + 6 * step, m, n, next, first6 + firstBias, second6 + secondBias);
                putBoth(dst, activated, to, row + 7 * step, m, n, next, first7 + firstBias, second7 + secondBias);
            }
        }
    }

    private static void put(HalfFloatArray dst, int to, int row, int m, int n, int next, float first, float second, int accumulate) {
        if (row < m) {
            int at = to + row * n;
            float x = first;
            float y = second;
            if (accumulate != 0) {
                x += dst.get(at).getFloat32();
                y += dst.get(at + next).getFloat32();
            }
            HalfFloat xHalf = new HalfFloat(x);
            HalfFloat yHalf = new HalfFloat(y);
            dst.set(at, xHalf);
            dst.set(at + next, yHalf);
        }
    }

    private static void putGelu(HalfFloatArray dst, int to, int row, int m, int n, int next, float first, float second, int gelu) {
        if (row < m) {
            int at = to + row * n;
            float x = first;
            float y = second;
            if (gelu != 0) {
                x = Gelu.value(x);
                y = Gelu.value(y);
            }
            HalfFloat xHalf = new HalfFloat(x);
            HalfFloat yHalf = new HalfFloat(y);
            dst.set(at, xHalf);
            dst.set(at + next, yHalf);
        }
    }

    private static void putBoth(HalfFloatArray dst, HalfFloatArray activated, int to, int row, int m, int n, int next, float first, float second) {
        if (row < m) {
            int at = to + row * n;
            float x = Gelu.value(first);
            float y = Gelu.value(second);
            HalfFloat firstHalf = new HalfFloat(first);
            HalfFloat secondHalf = new HalfFloat(second);
            HalfFloat xHalf = new HalfFloat(x);
            HalfFloat yHalf = new HalfFloat(y);
            dst.set(at, firstHalf);
            dst.set(at + next, secondHalf);
            activated.set(at, xHalf);
            activated.set(at + next, yHalf);
        }
    }
}
