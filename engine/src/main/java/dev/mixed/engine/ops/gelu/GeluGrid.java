// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.gelu;

import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.first;
import static dev.mixed.engine.ops.Tile.fourth;
import static dev.mixed.engine.ops.Tile.put;
import static dev.mixed.engine.ops.Tile.second;
import static dev.mixed.engine.ops.Tile.third;
import static dev.mixed.engine.ops.reduce.SumRowsGrid.COLUMNS;
import static dev.mixed.engine.ops.reduce.SumRowsGrid.WARP;
import static dev.mixed.engine.ops.reduce.SumRowsGrid.WARPS;

import dev.mixed.engine.ops.reduce.SumRowsGrid;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * GELU's grid kernels, with the formulas of {@link Gelu}: element by element, size = {elements}; and the gradient together with the first step of
 * the sum over its rows, the gradient of the bias before GELU.
 */
public final class GeluGrid {
    private GeluGrid() {
    }

    /** y = x Phi(x). */
    public static void exact(KernelContext context, @AlsoHalf FloatArray x, @AlsoHalf FloatArray y, IntArray size) {
        int n = size.get(0);
        int e = first(x, context.groupIdx, context.localIdx);
        float v0 = Gelu.value(at(x, e, n));
        float v1 = Gelu.value(at(x, second(x, e), n));
        float v2 = Gelu.value(at(x, third(x, e), n));
        float v3 = Gelu.value(at(x, fourth(x, e), n));
        put(y, e, n, v0, v1, v2, v3);
    }

    /** dx = dy (Phi(x) + x phi(x)). */
    public static void exactBackward(KernelContext context, @AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, IntArray size) {
        int n = size.get(0);
        int e = first(x, context.groupIdx, context.localIdx);
        float v0 = at(dy, e, n) * Gelu.derivative(at(x, e, n));
        float v1 = at(dy, second(x, e), n) * Gelu.derivative(at(x, second(x, e), n));
        float v2 = at(dy, third(x, e), n) * Gelu.derivative(at(x, third(x, e), n));
        float v3 = at(dy, fourth(x, e), n) * Gelu.derivative(at(x, fourth(x, e), n));
        put(dx, e, n, v0, v1, v2, v3);
    }

    /** y = x (1 + tanh(u)) / 2. */
    public static void approximate(KernelContext context, @AlsoHalf FloatArray x, @AlsoHalf FloatArray y, IntArray size) {
        int n = size.get(0);
        int e = first(x, context.groupIdx, context.localIdx);
        float v0 = Gelu.tanhValue(at(x, e, n));
        float v1 = Gelu.tanhValue(at(x, second(x, e), n));
        float v2 = Gelu.tanhValue(at(x, third(x, e), n));
        float v3 = Gelu.tanhValue(at(x, fourth(x, e), n));
        put(y, e, n, v0, v1, v2, v3);
    }

    /** dx = dy times the derivative of {@link #approximate}. */
    public static void approximateBackward(KernelContext context, @AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, IntArray size) {
        int n = size.get(0);
        int e = first(x, context.groupIdx, context.localIdx);
        float v0 = at(dy, e, n) * Gelu.tanhDerivative(at(x, e, n));
        float v1 = at(dy, second(x, e), n) * Gelu.tanhDerivative(at(x, second(x, e), n));
        float v2 = at(dy, third(x, e), n) * Gelu.tanhDerivative(at(x, third(x, e), n));
        float v3 = at(dy, fourth(x, e), n) * Gelu.tanhDerivative(at(x, fourth(x, e), n));
        put(dx, e, n, v0, v1, v2, v3);
    }

    /** dx = dy times the exact form's derivative, [rows, n], and its sums over chunks of rows; size as in {@link SumRowsGrid}. */
    public static void backwardAndSums(KernelContext context, @AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx,
            FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(SumRowsGrid.N);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = SumRowsGrid.lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        if (column < n) {
            for (int row = chunk * size.get(SumRowsGrid.CHUNK_ROWS) + warp; row < end; row += WARPS) {
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
