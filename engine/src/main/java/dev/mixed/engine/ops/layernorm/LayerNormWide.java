// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import dev.mixed.engine.ops.random.DropoutGrid;
import dev.mixed.engine.ops.random.Philox;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Layer normalisation of halves with the dropout and the addition before it: a warp to a row, each byte moved once, 16 at a time. A lane takes
 * {@link #UNIT} neighbours of each {@link #SPAN} elements; {@code spans}, a constant of the launch, tells how many of these a row has. Formulas are those
 * of the reference kernels.
 *
 * <p>What concerns a span stands in a method that is called span by span, not in a loop: registers can't be indexed by what is no constant.
 */
final class LayerNormWide {
    static final int WARP = 32;
    /** Halves that a lane loads at once; rows have a multiple of it. */
    static final int UNIT = 8;
    /** Elements that a warp loads at once. */
    static final int SPAN = WARP * UNIT;
    /** Most spans of a row. */
    static final int MOST_SPANS = 4;
    /** Warps to a block. */
    static final int WARPS = 8;

    private LayerNormWide() {
    }

    /**
     * sum = dropout(x) + residual, and y, mean and rstd of each row of it as it is stored: {@link LayerNormWideAgain} finds the same y.
     *
     * @param size      {rows, n, keep threshold}
     * @param constants {eps, 1 / (1 - p)}
     * @param spans     n / 256, rounded up
     * @param dropping  1 if x is dropped out
     */
    static void addNormalize(KernelContext context, HalfFloatArray x, IntArray snapshot, HalfFloatArray residual, FloatArray gamma, FloatArray beta,
            HalfFloatArray sum, HalfFloatArray y, FloatArray mean, FloatArray rstd, IntArray size, FloatArray constants, int spans, int dropping) {
        int n = size.get(LayerNormGrid.N);
        int column = context.localIdx % WARP * UNIT;
        int row = context.groupIdx * WARPS + context.localIdx / WARP;
        if (row < size.get(LayerNormGrid.ROWS)) {
            int[] xs = Registers.words(4 * spans);
            int[] residuals = Registers.words(4 * spans);
            float[] values = Registers.floats(UNIT * spans);
            int at = row * n + column;
            load(0, xs, x, residuals, residual, at, column, n);
            if (spans > 1) {
                load(1, xs, x, residuals, residual, at, column, n);
            }
            if (spans > 2) {
                load(2, xs, x, residuals, residual, at, column, n);
            }
            if (spans > 3) {
                load(3, xs, x, residuals, residual, at, column, n);
            }
            int threshold = size.get(LayerNormGrid.THRESHOLD);
            float scale = constants.get(1);
            float total = added(0, values, xs, residuals, snapshot, at, threshold, scale, dropping);
            if (spans > 1) {
                total += added(1, values, xs, residuals, snapshot, at, threshold, scale, dropping);
            }
            if (spans > 2) {
                total += added(2, values, xs, residuals, snapshot, at, threshold, scale, dropping);
            }
            if (spans > 3) {
                total += added(3, values, xs, residuals, snapshot, at, threshold, scale, dropping);
            }
            float m = total(total) / n;
            float squares = squares(0, values, m, column, n);
            if (spans > 1) {
                squares += squares(1, values, m, column, n);
            }
            if (spans > 2) {
                squares += squares(2, values, m, column, n);
            }
            if (spans > 3) {
                squares += squares(3, values, m, column, n);
            }
            float r = 1f / TornadoMath.sqrt(total(squares) / n + constants.get(0));
            if (column == 0) {
                GlobalMemory.store(mean, row, m);
                GlobalMemory.store(rstd, row, r);
            }
            store(0, values, m, r, gamma, beta, sum, y, at, column, n);
            if (spans > 1) {
                store(1, values, m, r, gamma, beta, sum, y, at, column, n);
            }
            if (spans > 2) {
                store(2, values, m, r, gamma, beta, sum, y, at, column, n);
            }
            if (spans > 3) {
                store(3, values, m, r, gamma, beta, sum, y, at, column, n);
            }
        }
    }

    private static void load(int span, int[] xs, HalfFloatArray x, int[] residuals, HalfFloatArray residual, int at, int column, int n) {
        if (column + SPAN * span < n) {
            GlobalMemory.load8(xs, 4 * span, x, at + SPAN * span);
            GlobalMemory.load8(residuals, 4 * span, residual, at + SPAN * span);
        }
    }

    /** The sums of a span, and their total: zeros beyond the row's end. */
    private static float added(int span, float[] values, int[] xs, int[] residuals, IntArray snapshot, int at, int threshold, float scale, int dropping) {
        int kept = dropping != 0 ? keepEight(snapshot, at + SPAN * span, threshold) : 0;
        float total = 0f;
        for (int i = 0; i < 4; i++) {
            int word = Registers.get(xs, 4 * span + i);
            int other = Registers.get(residuals, 4 * span + i);
            float low = Halves.low(word);
            float high = Halves.high(word);
            if (dropping != 0) {
                low = low * DropoutGrid.factor(kept, 2 * i, scale);
                high = high * DropoutGrid.factor(kept, 2 * i + 1, scale);
            }
            // The sum is what is stored, so that its rows can be normalised once more.
            int sums = Halves.pack(low + Halves.low(other), high + Halves.high(other));
            low = Halves.low(sums);
            high = Halves.high(sums);
            Registers.set(values, UNIT * span + 2 * i, low);
            Registers.set(values, UNIT * span + 2 * i + 1, high);
            total += low + high;
        }
        return total;
    }

    private static float squares(int span, float[] values, float m, int column, int n) {
        float squares = 0f;
        if (column + SPAN * span < n) {
            for (int i = 0; i < UNIT; i++) {
                float d = Registers.get(values, UNIT * span + i) - m;
                squares += d * d;
            }
        }
        return squares;
    }

    private static void store(int span, float[] values, float m, float r, FloatArray gamma, FloatArray beta, HalfFloatArray sum, HalfFloatArray y, int at,
            int column, int n) {
        int first = column + SPAN * span;
        if (first < n) {
            float[] scales = Registers.floats(UNIT);
            float[] shifts = Registers.floats(UNIT);
            GlobalMemory.load4(scales, 0, gamma, first);
            GlobalMemory.load4(scales, 4, gamma, first + 4);
            GlobalMemory.load4(shifts, 0, beta, first);
            GlobalMemory.load4(shifts, 4, beta, first + 4);
            int[] sums = Registers.words(4);
            int[] normalized = Registers.words(4);
            for (int i = 0; i < 4; i++) {
                float low = Registers.get(values, UNIT * span + 2 * i);
                float high = Registers.get(values, UNIT * span + 2 * i + 1);
                Registers.set(sums, i, Halves.pack(low, high));
                Registers.set(normalized, i, Halves.pack((low - m) * r * Registers.get(scales, 2 * i) + Registers.get(shifts, 2 * i),
                        (high - m) * r * Registers.get(scales, 2 * i + 1) + Registers.get(shifts, 2 * i + 1)));
            }
            GlobalMemory.store8(sum, at + SPAN * span, sums, 0);
            GlobalMemory.store8(y, at + SPAN * span, normalized, 0);
        }
    }

    /** The sum over the warp's lanes, in each of them. */
    static float total(float value) {
        float sum = value;
        for (int distance = WARP / 2; distance > 0; distance /= 2) {
            sum += Warps.shuffleXor(sum, distance);
        }
        return sum;
    }

    /** Dropout's decisions for eight neighbours from a multiple of 4 on, a bit each. */
    static int keepEight(IntArray snapshot, int index, int threshold) {
        int seedLow = snapshot.get(0);
        int seedHigh = snapshot.get(1);
        int low = snapshot.get(2);
        int high = snapshot.get(3);
        return Philox.keepFour(seedLow, seedHigh, low, high, index / 4, threshold)
                | Philox.keepFour(seedLow, seedHigh, low, high, index / 4 + 1, threshold) << 4;
    }
}
