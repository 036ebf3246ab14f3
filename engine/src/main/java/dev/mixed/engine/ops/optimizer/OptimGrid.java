// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.optimizer;

import static dev.mixed.engine.ops.MultiTensor.CHUNK;
import static dev.mixed.engine.ops.MultiTensor.THREADS;

import dev.mixed.engine.ops.MultiTensor;
import dev.mixed.engine.ops.Tile;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels over several parameters or gradients at once; see {@link MultiTensor} for the layout. */
public final class OptimGrid {
    /** How many tensors a launch of {@link #unscale} takes. */
    static final int UNSCALED = 15;
    /** How many tensors a launch of {@link #sumSquares} takes. */
    static final int SQUARED = 17;
    /** How many tensors a launch of {@link #adamw} takes. */
    static final int UPDATED = 4;

    /** Places in {@code constants} and in {@code numbers}, which both hold these. */
    static final int REST1 = 5;
    static final int BETA2 = 6;
    static final int REST2 = 7;
    static final int EPS = 8;
    /** Places in {@code constants} alone. */
    static final int LOG_BETA1 = 0;
    static final int LOG_BETA2 = 1;
    static final int WEIGHT_DECAY = 2;
    static final int SCALED = 3;
    static final int CHECKED = 4;
    /** Places in {@code numbers} alone. */
    static final int SCALE = 0;
    static final int STEP_SIZE = 1;
    static final int ROOT = 2;
    static final int KEEP = 3;
    static final int TAKEN = 4;
    static final int RATE = 9;
    /** How many there are in either. */
    static final int NUMBERS = 10;

    private static final int WARP = 32;

    private OptimGrid() {
    }

    /**
     * g *= factor[0], and for each chunk of g a flag, 1 if it held NaN or a magnitude above its tensor's limit; the layout's last numbers are the
     * tensors' first flags.
     */
    public static void unscale(KernelContext context, IntArray layout, FloatArray limits, FloatArray factor, FloatArray flags, FloatArray g0, FloatArray g1,
            FloatArray g2, FloatArray g3, FloatArray g4, FloatArray g5, FloatArray g6, FloatArray g7, FloatArray g8, FloatArray g9, FloatArray g10,
            FloatArray g11, FloatArray g12, FloatArray g13, FloatArray g14) {
        float[] shared = context.allocateFloatLocalArray(THREADS / WARP);
        int tensor = MultiTensor.tensor(context, layout, UNSCALED);
        int chunk = MultiTensor.chunk(context, layout, tensor);
        int first = chunk * CHUNK + context.localIdx;
        int end = MultiTensor.end(layout, UNSCALED, tensor, chunk);
        float f = factor.get(0);
        float limit = limits.get(tensor);
        float bad = 0f;
        // No else-ifs: Graal makes a switch of them, behind which TornadoVM 5.2 overwrites what its cases assign.
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
            flags.set(MultiTensor.offset(layout, UNSCALED, tensor) + chunk, total > 0f ? 1f : 0f);
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

    /** 1 for a magnitude above the limit and for NaN, else 0. NaN is looked for by itself: TornadoVM turns comparisons round, and NaN passes these. */
    @SuppressWarnings("EqualsNaN") // NaN alone differs from itself
    private static float beyond(float v, float limit) {
        return v == v && TornadoMath.abs(v) <= limit ? 0f : 1f;
    }

    /**
     * For each chunk of g whether it holds NaN or a magnitude above limit[0], and the sum of squares of its elements times factor[0]; a block to a chunk.
     *
     * @param size {elements, place of the first chunk's results}
     */
    public static void check(KernelContext context, FloatArray g, FloatArray factor, FloatArray flags, FloatArray results, FloatArray limit, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(2 * THREADS / WARP);
        int n = size.get(0);
        int chunk = context.groupIdx;
        int stop = (chunk + 1) * CHUNK;
        int end = stop < n ? stop : n;
        float f = factor.get(0);
        float most = limit.get(0);
        float bad = 0f;
        float sum = 0f;
        for (int e = chunk * CHUNK + context.localIdx; e < end; e += THREADS) {
            float v = g.get(e);
            bad += beyond(v, most);
            sum += v * f * (v * f);
        }
        float badInWarp = context.simdSum(bad);
        float inWarp = context.simdSum(sum);
        int t = context.localIdx;
        if (t % WARP == 0) {
            shared[t / WARP] = badInWarp;
            shared[THREADS / WARP + t / WARP] = inWarp;
        }
        context.localBarrier();
        if (t == 0) {
            float allBad = 0f;
            float all = 0f;
            for (int w = 0; w < THREADS / WARP; w++) {
                allBad += shared[w];
                all += shared[THREADS / WARP + w];
            }
            flags.set(size.get(1) + chunk, allBad > 0f ? 1f : 0f);
            results.set(size.get(1) + chunk, all);
        }
    }

    /** The sum of squares of each chunk; the layout's last numbers are the tensors' first sums. */
    public static void sumSquares(KernelContext context, IntArray layout, FloatArray sums, FloatArray x0, FloatArray x1, FloatArray x2,
            FloatArray x3, FloatArray x4, FloatArray x5, FloatArray x6, FloatArray x7, FloatArray x8, FloatArray x9, FloatArray x10, FloatArray x11,
            FloatArray x12, FloatArray x13, FloatArray x14, FloatArray x15, FloatArray x16) {
        float[] shared = context.allocateFloatLocalArray(THREADS / WARP);
        int tensor = MultiTensor.tensor(context, layout, SQUARED);
        int chunk = MultiTensor.chunk(context, layout, tensor);
        int first = chunk * CHUNK + context.localIdx;
        int end = MultiTensor.end(layout, SQUARED, tensor, chunk);
        float sum = 0f;
        // No else-ifs: Graal makes a switch of them, behind which TornadoVM 5.2 overwrites what its cases assign.
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
            sums.set(MultiTensor.offset(layout, SQUARED, tensor) + chunk, total);
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

    /**
     * What {@link #adamw} needs of the step.
     *
     * @param numbers   {gradient scale, learning rate / bias correction of m, 1 / sqrt(bias correction of v), 1 - learning rate times weight decay, 1 if
     *                  the step is taken, 1 - beta1, beta2, 1 - beta2, eps, learning rate}
     * @param constants {log beta1, log beta2, weight decay, 1 if there is a gradient scale, 1 if foundInf counts, 1 - beta1, beta2, 1 - beta2, eps}
     */
    public static void prepareAdamw(KernelContext context, FloatArray numbers, FloatArray lr, IntArray step, FloatArray gradScale, FloatArray foundInf,
            FloatArray constants) {
        if (context.globalIdx == 0) {
            float rate = lr.get(0);
            numbers.set(SCALE, constants.get(SCALED) != 0f ? gradScale.get(0) : 1f);
            numbers.set(STEP_SIZE, rate / Optim.biasCorrection(constants.get(LOG_BETA1), step.get(0)));
            numbers.set(ROOT, 1f / TornadoMath.sqrt(Optim.biasCorrection(constants.get(LOG_BETA2), step.get(0))));
            numbers.set(KEEP, 1f - rate * constants.get(WEIGHT_DECAY));
            numbers.set(TAKEN, constants.get(CHECKED) == 0f || foundInf.get(0) == 0f ? 1f : 0f);
            numbers.set(REST1, constants.get(REST1));
            numbers.set(BETA2, constants.get(BETA2));
            numbers.set(REST2, constants.get(REST2));
            numbers.set(EPS, constants.get(EPS));
            numbers.set(RATE, rate);
        }
    }

    /** An AdamW step of parameters p with gradients g and moments m and v, as the reference kernel takes it; see {@link #prepareAdamw} for numbers. */
    public static void adamw(KernelContext context, IntArray layout, FloatArray numbers, FloatArray p0, FloatArray g0, FloatArray m0, FloatArray v0,
            FloatArray p1, FloatArray g1, FloatArray m1, FloatArray v1, FloatArray p2, FloatArray g2, FloatArray m2, FloatArray v2, FloatArray p3,
            FloatArray g3, FloatArray m3, FloatArray v3) {
        int tensor = MultiTensor.tensor(context, layout, UPDATED);
        int chunk = MultiTensor.chunk(context, layout, tensor);
        int first = chunk * CHUNK + context.localIdx;
        int end = MultiTensor.end(layout, UPDATED, tensor, chunk);
        if (numbers.get(TAKEN) != 0f) {
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
        float scale = numbers.get(SCALE);
        float stepSize = numbers.get(STEP_SIZE);
        float root = numbers.get(ROOT);
        float keep = numbers.get(KEEP);
        float rest1 = numbers.get(REST1);
        float beta2 = numbers.get(BETA2);
        float rest2 = numbers.get(REST2);
        float eps = numbers.get(EPS);
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
