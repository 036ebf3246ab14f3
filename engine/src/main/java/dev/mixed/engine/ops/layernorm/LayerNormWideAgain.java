// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import static dev.mixed.engine.ops.layernorm.LayerNormWide.SPAN;
import static dev.mixed.engine.ops.layernorm.LayerNormWide.UNIT;
import static dev.mixed.engine.ops.layernorm.LayerNormWide.WARP;
import static dev.mixed.engine.ops.layernorm.LayerNormWide.WARPS;

import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What {@link LayerNormWide} computed, once more, of rows whose mean and rstd are known: the same bits, laid out over warps and lanes in the same way. */
final class LayerNormWideAgain {
    private LayerNormWideAgain() {
    }

    /**
     * y = (x - mean) rstd gamma + beta of each row.
     *
     * @param size  {rows, n}
     * @param spans n / 256, rounded up
     */
    static void normalizeRows(KernelContext context, HalfFloatArray x, FloatArray gamma, FloatArray beta, FloatArray mean, FloatArray rstd, HalfFloatArray y,
            IntArray size, int spans) {
        int n = size.get(LayerNormGrid.N);
        int column = context.localIdx % WARP * UNIT;
        int row = context.groupIdx * WARPS + context.localIdx / WARP;
        if (row < size.get(LayerNormGrid.ROWS)) {
            int[] xs = Registers.words(4 * spans);
            int at = row * n + column;
            load(0, xs, x, at, column, n);
            if (spans > 1) {
                load(1, xs, x, at, column, n);
            }
            if (spans > 2) {
                load(2, xs, x, at, column, n);
            }
            if (spans > 3) {
                load(3, xs, x, at, column, n);
            }
            float m = GlobalMemory.read(mean, row);
            float r = GlobalMemory.read(rstd, row);
            store(0, xs, m, r, gamma, beta, y, at, column, n);
            if (spans > 1) {
                store(1, xs, m, r, gamma, beta, y, at, column, n);
            }
            if (spans > 2) {
                store(2, xs, m, r, gamma, beta, y, at, column, n);
            }
            if (spans > 3) {
                store(3, xs, m, r, gamma, beta, y, at, column, n);
            }
        }
    }

    static void load(int span, int[] xs, HalfFloatArray x, int at, int column, int n) {
        if (column + SPAN * span < n) {
            GlobalMemory.load8(xs, 4 * span, x, at + SPAN * span);
        }
    }

    static void store(int span, int[] xs, float m, float r, FloatArray gamma, FloatArray beta, HalfFloatArray y, int at, int column, int n) {
        int first = column + SPAN * span;
        if (first < n) {
            float[] scales = Registers.floats(UNIT);
            float[] shifts = Registers.floats(UNIT);
            GlobalMemory.load4(scales, 0, gamma, first);
            GlobalMemory.load4(scales, 4, gamma, first + 4);
            GlobalMemory.load4(shifts, 0, beta, first);
            GlobalMemory.load4(shifts, 4, beta, first + 4);
            int[] normalized = Registers.words(4);
            for (int i = 0; i < 4; i++) {
                float low = Halves.low(Registers.get(xs, 4 * span + i));
                float high = Halves.high(Registers.get(xs, 4 * span + i));
                Registers.set(normalized, i, Halves.pack((low - m) * r * Registers.get(scales, 2 * i) + Registers.get(shifts, 2 * i),
                        (high - m) * r * Registers.get(scales, 2 * i + 1) + Registers.get(shifts, 2 * i + 1)));
            }
            GlobalMemory.store8(y, at + SPAN * span, normalized, 0);
        }
    }
}
