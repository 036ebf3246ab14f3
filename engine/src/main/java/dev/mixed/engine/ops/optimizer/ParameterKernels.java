package dev.mixed.engine.ops.optimizer;

import dev.mixed.engine.ops.Tile;
import dev.mixed.engine.ops.reduce.SumRowsGrid;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Kernels over many tensors at once: parameters, their gradients and their half copies, of which a model has hundreds and most are small.
 *
 * <p>A block takes one chunk of {@link #CHUNK} elements of one tensor. The layout of a launch of up to k tensors holds the first block of each, then
 * the elements of each, then k numbers more where the kernel says so; tensors that fill up a shorter launch have no block.
 */
public final class ParameterKernels {
    static final int THREADS = 256;
    /** The chunk of the reference kernels, which leave one result for each. */
    static final int CHUNK = 4096;
    private static final int WARP = 32;

    private ParameterKernels() {
    }

    /** Which of the launch's k tensors this block works on. */
    private static int tensor(KernelContext context, IntArray layout, int k) {
        int tensor = 0;
        for (int i = 1; i < k; i++) {
            tensor = context.groupIdx >= layout.get(i) ? i : tensor;
        }
        return tensor;
    }

    /** The block's chunk within its tensor. */
    private static int chunk(KernelContext context, IntArray layout, int tensor) {
        return context.groupIdx - layout.get(tensor);
    }

    /** The end of the block's chunk of a tensor of so many elements. */
    private static int end(int chunk, int elements) {
        int end = (chunk + 1) * CHUNK;
        return end < elements ? end : elements;
    }

    /** How many tensors a launch of {@link #unscale} takes. */
    static final int UNSCALED = 15;

    /**
     * g *= factor[0], and for each chunk of g a flag, 1 if it held NaN or a magnitude above its tensor's limit; the layout's last numbers are the
     * tensors' first flags.
     */
    public static void unscale(KernelContext context, IntArray layout, FloatArray limits, FloatArray factor, FloatArray flags, FloatArray g0, FloatArray g1,
            FloatArray g2, FloatArray g3, FloatArray g4, FloatArray g5, FloatArray g6, FloatArray g7, FloatArray g8, FloatArray g9, FloatArray g10,
            FloatArray g11, FloatArray g12, FloatArray g13, FloatArray g14) {
        float[] shared = context.allocateFloatLocalArray(THREADS / WARP);
        int tensor = tensor(context, layout, UNSCALED);
        int chunk = chunk(context, layout, tensor);
        int first = chunk * CHUNK + context.localIdx;
        int end = end(chunk, layout.get(UNSCALED + tensor));
        float f = factor.get(0);
        float limit = limits.get(tensor);
        float bad = 0f;
        // See SumRowsGrid.sumChunks for why these are no else-ifs.
        if (tensor == 0) {
            bad = unscale(g0, first, end, f, limit);
        }
        if (tensor == 1) {
            bad = unscale(g1, first, end, f, limit);
        }
        if (tensor == 2) {
            bad = unscale(g2, first, end, f, limit);
        }
        if (tensor == 3) {
            bad = unscale(g3, first, end, f, limit);
        }
        if (tensor == 4) {
            bad = unscale(g4, first, end, f, limit);
        }
        if (tensor == 5) {
            bad = unscale(g5, first, end, f, limit);
        }
        if (tensor == 6) {
            bad = unscale(g6, first, end, f, limit);
        }
        if (tensor == 7) {
            bad = unscale(g7, first, end, f, limit);
        }
        if (tensor == 8) {
            bad = unscale(g8, first, end, f, limit);
        }
        if (tensor == 9) {
            bad = unscale(g9, first, end, f, limit);
        }
        if (tensor == 10) {
            bad = unscale(g10, first, end, f, limit);
        }
        if (tensor == 11) {
            bad = unscale(g11, first, end, f, limit);
        }
        if (tensor == 12) {
            bad = unscale(g12, first, end, f, limit);
        }
        if (tensor == 13) {
            bad = unscale(g13, first, end, f, limit);
        }
        if (tensor == 14) {
            bad = unscale(g14, first, end, f, limit);
        }
        float inWarp = context.simdSum(bad);
        int t = context.localIdx;
        if (t % WARP == 0) {
            shared[t / WARP] = inWarp;
        }
        context.localBarrier();
        if (t == 0) {
            float total = 0f;
            for (int w = 0; w < THREADS / WARP; w++) {
                total += shared[w];
            }
            flags.set(layout.get(2 * UNSCALED + tensor) + chunk, total > 0f ? 1f : 0f);
        }
    }

    /** How many of a thread's elements are infinite or NaN; all are multiplied by the factor. */
    private static float unscale(FloatArray g, int first, int end, float factor, float limit) {
        float bad = 0f;
        for (int e = first; e < end; e += 4 * THREADS) {
            float v0 = Tile.at(g, e, end);
            float v1 = Tile.at(g, e + THREADS, end);
            float v2 = Tile.at(g, e + 2 * THREADS, end);
            float v3 = Tile.at(g, e + 3 * THREADS, end);
            bad += beyond(v0, limit) + beyond(v1, limit) + beyond(v2, limit) + beyond(v3, limit);
            Tile.put(g, e, end, v0 * factor, v1 * factor, v2 * factor, v3 * factor);
        }
        return bad;
    }

    /** 1 for a magnitude above the limit and, since it compares, for NaN on every backend; else 0. */
    private static float beyond(float v, float limit) {
        return TornadoMath.abs(v) <= limit ? 0f : 1f;
    }

    /** How many tensors a launch of {@link #sumSquares} takes. */
    static final int SQUARED = 17;

    /** The sum of squares of each chunk; the layout's last numbers are the tensors' first sums. */
    public static void sumSquares(KernelContext context, IntArray layout, FloatArray sums, FloatArray x0, FloatArray x1, FloatArray x2,
            FloatArray x3, FloatArray x4, FloatArray x5, FloatArray x6, FloatArray x7, FloatArray x8, FloatArray x9, FloatArray x10, FloatArray x11,
            FloatArray x12, FloatArray x13, FloatArray x14, FloatArray x15, FloatArray x16) {
        float[] shared = context.allocateFloatLocalArray(THREADS / WARP);
        int tensor = tensor(context, layout, SQUARED);
        int chunk = chunk(context, layout, tensor);
        int first = chunk * CHUNK + context.localIdx;
        int end = end(chunk, layout.get(SQUARED + tensor));
        float sum = 0f;
        // See SumRowsGrid.sumChunks for why these are no else-ifs.
        if (tensor == 0) {
            sum = squares(x0, first, end);
        }
        if (tensor == 1) {
            sum = squares(x1, first, end);
        }
        if (tensor == 2) {
            sum = squares(x2, first, end);
        }
        if (tensor == 3) {
            sum = squares(x3, first, end);
        }
        if (tensor == 4) {
            sum = squares(x4, first, end);
        }
        if (tensor == 5) {
            sum = squares(x5, first, end);
        }
        if (tensor == 6) {
            sum = squares(x6, first, end);
        }
        if (tensor == 7) {
            sum = squares(x7, first, end);
        }
        if (tensor == 8) {
            sum = squares(x8, first, end);
        }
        if (tensor == 9) {
            sum = squares(x9, first, end);
        }
        if (tensor == 10) {
            sum = squares(x10, first, end);
        }
        if (tensor == 11) {
            sum = squares(x11, first, end);
        }
        if (tensor == 12) {
            sum = squares(x12, first, end);
        }
        if (tensor == 13) {
            sum = squares(x13, first, end);
        }
        if (tensor == 14) {
            sum = squares(x14, first, end);
        }
        if (tensor == 15) {
            sum = squares(x15, first, end);
        }
        if (tensor == 16) {
            sum = squares(x16, first, end);
        }
        float inWarp = context.simdSum(sum);
        int t = context.localIdx;
        if (t % WARP == 0) {
            shared[t / WARP] = inWarp;
        }
        context.localBarrier();
        if (t == 0) {
            float total = 0f;
            for (int w = 0; w < THREADS / WARP; w++) {
                total += shared[w];
            }
            sums.set(layout.get(2 * SQUARED + tensor) + chunk, total);
        }
    }

    private static float squares(FloatArray x, int first, int end) {
        float sum = 0f;
        for (int e = first; e < end; e += 4 * THREADS) {
            float v0 = Tile.at(x, e, end);
            float v1 = Tile.at(x, e + THREADS, end);
            float v2 = Tile.at(x, e + 2 * THREADS, end);
            float v3 = Tile.at(x, e + 3 * THREADS, end);
            sum += (v0 * v0 + v1 * v1) + (v2 * v2 + v3 * v3);
        }
        return sum;
    }

    /** How many tensors a launch of {@link #toHalves} takes. */
    static final int ROUNDED = 9;

    /** y = half(x). */
    public static void toHalves(KernelContext context, IntArray layout, FloatArray x0, HalfFloatArray y0, FloatArray x1, HalfFloatArray y1,
            FloatArray x2, HalfFloatArray y2, FloatArray x3, HalfFloatArray y3, FloatArray x4, HalfFloatArray y4, FloatArray x5, HalfFloatArray y5,
            FloatArray x6, HalfFloatArray y6, FloatArray x7, HalfFloatArray y7, FloatArray x8, HalfFloatArray y8) {
        int tensor = tensor(context, layout, ROUNDED);
        int chunk = chunk(context, layout, tensor);
        int first = chunk * CHUNK;
        int end = end(chunk, layout.get(ROUNDED + tensor));
        if (tensor == 0) {
            toHalf(context, x0, y0, first, end);
        } else if (tensor == 1) {
            toHalf(context, x1, y1, first, end);
        } else if (tensor == 2) {
            toHalf(context, x2, y2, first, end);
        } else if (tensor == 3) {
            toHalf(context, x3, y3, first, end);
        } else if (tensor == 4) {
            toHalf(context, x4, y4, first, end);
        } else if (tensor == 5) {
            toHalf(context, x5, y5, first, end);
        } else if (tensor == 6) {
            toHalf(context, x6, y6, first, end);
        } else if (tensor == 7) {
            toHalf(context, x7, y7, first, end);
        } else {
            toHalf(context, x8, y8, first, end);
        }
    }

    private static void toHalf(KernelContext context, FloatArray x, HalfFloatArray y, int first, int end) {
        for (int e = first + 2 * context.localIdx; e < end; e += Tile.TILE) {
            float v0 = Tile.at(x, e, end);
            float v1 = Tile.at(x, e + 1, end);
            float v2 = Tile.at(x, e + Tile.NEXT, end);
            float v3 = Tile.at(x, e + Tile.NEXT + 1, end);
            Tile.put(y, e, end, v0, v1, v2, v3);
        }
    }

    /** Numbers that {@link #prepareAdamw} leaves. */
    static final int ADAMW_NUMBERS = 9;

    /**
     * What {@link #adamw} needs of the step: {gradient scale, learning rate / bias correction of m, 1 / sqrt(bias correction of v), 1 - learning rate
     * times weight decay, 1 if the step is taken, 1 - beta1, beta2, 1 - beta2, eps}.
     *
     * @param constants {1 - beta1, beta2, 1 - beta2, log beta1, log beta2, eps, weight decay, 1 if there is a gradient scale, 1 if foundInf counts}
     */
    public static void prepareAdamw(KernelContext context, FloatArray numbers, FloatArray lr, IntArray step, FloatArray gradScale, FloatArray foundInf,
            FloatArray constants) {
        if (context.globalIdx == 0) {
            float rate = lr.get(0);
            numbers.set(0, constants.get(7) != 0f ? gradScale.get(0) : 1f);
            numbers.set(1, rate / Optim.biasCorrection(constants.get(3), step.get(0)));
            numbers.set(2, 1f / TornadoMath.sqrt(Optim.biasCorrection(constants.get(4), step.get(0))));
            numbers.set(3, 1f - rate * constants.get(6));
            numbers.set(4, constants.get(8) == 0f || foundInf.get(0) == 0f ? 1f : 0f);
            numbers.set(5, constants.get(0));
            numbers.set(6, constants.get(1));
            numbers.set(7, constants.get(2));
            numbers.set(8, constants.get(5));
        }
    }

    /** How many tensors a launch of {@link #adamw} takes. */
    static final int UPDATED = 4;

    /** An AdamW step of parameters p with gradients g and moments m and v, as the reference kernel takes it; see {@link #prepareAdamw} for numbers. */
    public static void adamw(KernelContext context, IntArray layout, FloatArray numbers, FloatArray p0, FloatArray g0, FloatArray m0, FloatArray v0,
            FloatArray p1, FloatArray g1, FloatArray m1, FloatArray v1, FloatArray p2, FloatArray g2, FloatArray m2, FloatArray v2, FloatArray p3,
            FloatArray g3, FloatArray m3, FloatArray v3) {
        int tensor = tensor(context, layout, UPDATED);
        int chunk = chunk(context, layout, tensor);
        int first = chunk * CHUNK + context.localIdx;
        int end = end(chunk, layout.get(UPDATED + tensor));
        if (numbers.get(4) != 0f) {
            if (tensor == 0) {
                adamw(p0, g0, m0, v0, numbers, first, end);
            } else if (tensor == 1) {
                adamw(p1, g1, m1, v1, numbers, first, end);
            } else if (tensor == 2) {
                adamw(p2, g2, m2, v2, numbers, first, end);
            } else {
                adamw(p3, g3, m3, v3, numbers, first, end);
            }
        }
    }

    private static void adamw(FloatArray p, FloatArray g, FloatArray m, FloatArray v, FloatArray numbers, int first, int end) {
        float scale = numbers.get(0);
        float stepSize = numbers.get(1);
        float root = numbers.get(2);
        float keep = numbers.get(3);
        float rest1 = numbers.get(5);
        float beta2 = numbers.get(6);
        float rest2 = numbers.get(7);
        float eps = numbers.get(8);
        for (int e = first; e < end; e += 2 * THREADS) {
            int f = e + THREADS;
            float p0 = Tile.at(p, e, end);
            float p1 = Tile.at(p, f, end);
            float g0 = Tile.at(g, e, end) * scale;
            float g1 = Tile.at(g, f, end) * scale;
            float m0 = Tile.at(m, e, end);
            float m1 = Tile.at(m, f, end);
            float v0 = Tile.at(v, e, end) * beta2 + rest2 * g0 * g0;
            float v1 = Tile.at(v, f, end) * beta2 + rest2 * g1 * g1;
            m0 = m0 + (g0 - m0) * rest1;
            m1 = m1 + (g1 - m1) * rest1;
            Tile.put(m, e, end, m0);
            Tile.put(m, f, end, m1);
            Tile.put(v, e, end, v0);
            Tile.put(v, f, end, v1);
            Tile.put(p, e, end, p0 * keep - stepSize * (m0 / (TornadoMath.sqrt(v0) * root + eps)));
            Tile.put(p, f, end, p1 * keep - stepSize * (m1 / (TornadoMath.sqrt(v1) * root + eps)));
        }
    }
}
