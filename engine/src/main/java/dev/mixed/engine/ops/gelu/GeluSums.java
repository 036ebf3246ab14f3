package dev.mixed.engine.ops.gelu;

import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.put;
import static dev.mixed.engine.ops.reduce.ColumnKernels.COLUMNS;
import static dev.mixed.engine.ops.reduce.ColumnKernels.WARP;
import static dev.mixed.engine.ops.reduce.ColumnKernels.WARPS;

import dev.mixed.engine.ops.reduce.ColumnKernels;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** GELU's gradient together with the first step of the sum over its rows, the gradient of the bias before GELU. */
public final class GeluSums {
    private GeluSums() {
    }

    /** dx = dy gelu'(x) [rows, n], and its sums over chunks of rows; size as in {@link ColumnKernels}. */
    public static void geluBackwardFloat(KernelContext context, FloatArray x, FloatArray dy, FloatArray dx, FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(1);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = ColumnKernels.lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        if (column < n) {
            for (int row = chunk * size.get(2) + warp; row < end; row += WARPS) {
                int e = row * n + column;
                int stop = row * n + n;
                float d0 = at(dy, e, stop) * Gelu.derivative(at(x, e, stop));
                float d1 = at(dy, e + 1, stop) * Gelu.derivative(at(x, e + 1, stop));
                put(dx, e, stop, d0);
                put(dx, e + 1, stop, d1);
                left += d0;
                right += d1;
            }
        }
        shared[warp * COLUMNS + 2 * lane] = left;
        shared[warp * COLUMNS + 2 * lane + 1] = right;
        context.localBarrier();
        int t = context.localIdx;
        int mine = context.groupIdx * COLUMNS + t;
        if (t < COLUMNS && mine < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + t];
            }
            partials.set(chunk * n + mine, sum);
        }
    }

    /** {@link #geluBackwardFloat} on half storage. */
    public static void geluBackwardHalf(KernelContext context, HalfFloatArray x, HalfFloatArray dy, HalfFloatArray dx, FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(1);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = ColumnKernels.lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        if (column < n) {
            for (int row = chunk * size.get(2) + warp; row < end; row += WARPS) {
                int e = row * n + column;
                int stop = row * n + n;
                float d0 = at(dy, e, stop) * Gelu.derivative(at(x, e, stop));
                float d1 = at(dy, e + 1, stop) * Gelu.derivative(at(x, e + 1, stop));
                put(dx, e, stop, d0);
                put(dx, e + 1, stop, d1);
                left += d0;
                right += d1;
            }
        }
        shared[warp * COLUMNS + 2 * lane] = left;
        shared[warp * COLUMNS + 2 * lane + 1] = right;
        context.localBarrier();
        int t = context.localIdx;
        int mine = context.groupIdx * COLUMNS + t;
        if (t < COLUMNS && mine < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + t];
            }
            partials.set(chunk * n + mine, sum);
        }
    }
}
