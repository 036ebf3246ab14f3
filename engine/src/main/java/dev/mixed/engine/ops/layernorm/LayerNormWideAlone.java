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
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** {@link LayerNormWide} of rows that are there already, as a product leaves them that adds the residual: the same bits, with no addition before it. */
final class LayerNormWideAlone {
    private LayerNormWideAlone() {
    }

    /**
     * y, mean and rstd of each row of x.
     *
     * @param size  {rows, n}
     * @param eps   {eps}
     * @param spans n / 256, rounded up
     */
    static void normalizeAlone(KernelContext context, HalfFloatArray x, FloatArray gamma, FloatArray beta, HalfFloatArray y, FloatArray mean, FloatArray rstd,
            IntArray size, FloatArray eps, int spans) {
        int n = size.get(LayerNormGrid.N);
        int column = context.localIdx % WARP * UNIT;
        int row = context.groupIdx * WARPS + context.localIdx / WARP;
        if (row < size.get(LayerNormGrid.ROWS)) {
            int[] xs = Registers.words(4 * spans);
            int at = row * n + column;
            LayerNormWideAgain.load(0, xs, x, at, column, n);
            if (spans > 1) {
                LayerNormWideAgain.load(1, xs, x, at, column, n);
            }
            if (spans > 2) {
                LayerNormWideAgain.load(2, xs, x, at, column, n);
            }
            if (spans > 3) {
                LayerNormWideAgain.load(3, xs, x, at, column, n);
            }
            float total = total(0, xs);
            if (spans > 1) {
                total += total(1, xs);
            }
            if (spans > 2) {
                total += total(2, xs);
            }
            if (spans > 3) {
                total += total(3, xs);
            }
            float m = LayerNormWide.total(total) / n;
            float squares = squares(0, xs, m, column, n);
            if (spans > 1) {
                squares += squares(1, xs, m, column, n);
            }
            if (spans > 2) {
                squares += squares(2, xs, m, column, n);
            }
            if (spans > 3) {
                squares += squares(3, xs, m, column, n);
            }
            float r = 1f / TornadoMath.sqrt(LayerNormWide.total(squares) / n + eps.get(0));
            if (column == 0) {
                GlobalMemory.store(mean, row, m);
                GlobalMemory.store(rstd, row, r);
            }
            LayerNormWideAgain.store(0, xs, m, r, gamma, beta, y, at, column, n);
            if (spans > 1) {
                LayerNormWideAgain.store(1, xs, m, r, gamma, beta, y, at, column, n);
            }
            if (spans > 2) {
                LayerNormWideAgain.store(2, xs, m, r, gamma, beta, y, at, column, n);
            }
            if (spans > 3) {
                LayerNormWideAgain.store(3, xs, m, r, gamma, beta, y, at, column, n);
            }
        }
    }

    /** Zeros beyond the row's end count nothing. */
    private static float total(int span, int[] xs) {
        float total = 0f;
        for (int i = 0; i < 4; i++) {
            int word = Registers.get(xs, 4 * span + i);
            total += Halves.low(word) + Halves.high(word);
        }
        return total;
    }

    private static float squares(int span, int[] xs, float m, int column, int n) {
        float squares = 0f;
        if (column + SPAN * span < n) {
            for (int i = 0; i < 4; i++) {
                int word = Registers.get(xs, 4 * span + i);
                float low = Halves.low(word) - m;
                float high = Halves.high(word) - m;
                squares += low * low;
                squares += high * high;
            }
        }
        return squares;
    }
}
