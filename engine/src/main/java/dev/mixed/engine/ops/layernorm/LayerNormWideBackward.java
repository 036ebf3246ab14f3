// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import static dev.mixed.engine.ops.layernorm.LayerNormWide.SPAN;
import static dev.mixed.engine.ops.layernorm.LayerNormWide.UNIT;
import static dev.mixed.engine.ops.layernorm.LayerNormWide.WARP;

import dev.mixed.engine.ops.random.DropoutGrid;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The gradient of {@link LayerNormWide} and of its parameters in one pass. A group of {@code spans} warps takes two rows at a time, eight columns to a lane,
 * so that a lane sums the parameters' gradients of its own columns in registers; a block's groups add theirs at the end, in order.
 */
final class LayerNormWideBackward {
    /** Warps to a block, at most: groups times spans. */
    static final int WARPS = 12;
    /** Rows that a group takes at once. */
    static final int ROWS = 2;
    /** What is summed for each column: dy xhat, dy, and what was dropped out, or else dx. */
    static final int SUMS = 3;
    /** Numbers that are summed over a row's columns: for each row dy gamma, and that times xhat. */
    private static final int TOTALS = 2 * ROWS;
    /** Bytes of one turn's totals, two turns by turns, and of the groups' sums behind them. */
    private static final int TURN_BYTES = 4 * TOTALS * WARPS;
    private static final int TOTALS_BYTES = 2 * TURN_BYTES;
    private static final int SHARED_BYTES = TOTALS_BYTES + 4 * SUMS * SPAN * WARPS;

    private LayerNormWideBackward() {
    }

    /**
     * dx of each row, its dropout if asked for, and for each block the sums for the gradients of gamma, of beta, and of a bias before.
     *
     * @param partials  [blocks, 3, n]: of dy xhat, of dy, and of what was dropped out, or else of dx
     * @param size      {rows, n, keep threshold}
     * @param constants {1 / (1 - p)}
     * @param spans     n / 256, rounded up
     * @param groups    of a block
     * @param dropping  1 if dropped is written
     */
    static void backward(KernelContext context, HalfFloatArray x, FloatArray gamma, FloatArray mean, FloatArray rstd, HalfFloatArray dy, HalfFloatArray dx,
            HalfFloatArray dropped, IntArray snapshot, FloatArray partials, IntArray size, FloatArray constants, int spans, int groups, int dropping) {
        int shared = SharedMemory.allocate(SHARED_BYTES);
        int n = size.get(LayerNormGrid.N);
        int rows = size.get(LayerNormGrid.ROWS);
        int threshold = size.get(LayerNormGrid.THRESHOLD);
        float scale = constants.get(0);
        int lane = context.localIdx % WARP;
        int warp = context.localIdx / WARP;
        int group = warp / spans;
        int column = (warp % spans * WARP + lane) * UNIT;
        float[] gammas = Registers.floats(UNIT);
        float[] gammaSums = Registers.floats(UNIT);
        float[] betaSums = Registers.floats(UNIT);
        float[] outSums = Registers.floats(UNIT);
        if (column < n) {
            GlobalMemory.load4(gammas, 0, gamma, column);
            GlobalMemory.load4(gammas, 4, gamma, column + 4);
        }
        int turn = 0;
        int apart = Blocks.gridX() * groups * ROWS;
        for (int row = (context.groupIdx * groups + group) * ROWS; row < rows; row += apart) {
            int[] xs = Registers.words(4 * ROWS);
            int[] dys = Registers.words(4 * ROWS);
            float[] totals = Registers.floats(TOTALS);
            int second = row + 1 < rows ? 1 : 0;
            int at = row * n + column;
            if (column < n) {
                GlobalMemory.load8(xs, 0, x, at);
                GlobalMemory.load8(dys, 0, dy, at);
                if (second != 0) {
                    GlobalMemory.load8(xs, 4, x, at + n);
                    GlobalMemory.load8(dys, 4, dy, at + n);
                }
            }
            float mean0 = GlobalMemory.read(mean, row);
            float rstd0 = GlobalMemory.read(rstd, row);
            float mean1 = GlobalMemory.read(mean, row + second);
            float rstd1 = GlobalMemory.read(rstd, row + second);
            sum(0, xs, dys, mean0, rstd0, gammas, gammaSums, betaSums, totals);
            sum(1, xs, dys, mean1, rstd1, gammas, gammaSums, betaSums, totals);
            int place = shared + (turn & 1) * TURN_BYTES + group * spans * 4 * TOTALS;
            share(totals, place + warp % spans * 4 * TOTALS, lane);
            Blocks.barrier(1 + group, WARP * spans);
            for (int w = 0; w < spans; w++) {
                float[] others = Registers.floats(TOTALS);
                SharedMemory.load4(others, 0, place + w * 4 * TOTALS);
                add(totals, others, w);
            }
            if (column < n) {
                store(0, xs, dys, mean0, rstd0, gammas, totals, n, outSums, dx, dropped, snapshot, at, threshold, scale, dropping);
                if (second != 0) {
                    store(1, xs, dys, mean1, rstd1, gammas, totals, n, outSums, dx, dropped, snapshot, at + n, threshold, scale, dropping);
                }
            }
            turn++;
        }
        int own = shared + TOTALS_BYTES + (group * SUMS * spans * SPAN + column) * 4;
        keep(own, gammaSums);
        keep(own + spans * SPAN * 4, betaSums);
        keep(own + 2 * spans * SPAN * 4, outSums);
        Blocks.barrier();
        int quads = n / 4;
        for (int i = context.localIdx; i < SUMS * quads; i += WARP * spans * groups) {
            int which = i / quads;
            int first = (i - which * quads) * 4;
            float[] sums = Registers.floats(4);
            int from = shared + TOTALS_BYTES + (which * spans * SPAN + first) * 4;
            for (int g = 0; g < groups; g++) {
                float[] others = Registers.floats(4);
                SharedMemory.load4(others, 0, from + g * SUMS * spans * SPAN * 4);
                add(sums, others, 1);
            }
            GlobalMemory.store4(partials, (context.groupIdx * SUMS + which) * n + first, sums, 0);
        }
    }

    /** What row {@code r} of the two adds to the sums of the lane's columns, and to the row's totals. Zeros, beyond the last row and column, add nothing. */
    private static void sum(int r, int[] xs, int[] dys, float mean, float rstd, float[] gammas, float[] gammaSums, float[] betaSums, float[] totals) {
        float sum = 0f;
        float dot = 0f;
        for (int i = 0; i < UNIT; i++) {
            float up = half(dys, r, i);
            float xhat = (half(xs, r, i) - mean) * rstd;
            Registers.set(gammaSums, i, Registers.get(gammaSums, i) + up * xhat);
            Registers.set(betaSums, i, Registers.get(betaSums, i) + up);
            float g = up * Registers.get(gammas, i);
            sum += g;
            dot += g * xhat;
        }
        Registers.set(totals, 2 * r, sum);
        Registers.set(totals, 2 * r + 1, dot);
    }

    /** Half i of row r. */
    private static float half(int[] words, int r, int i) {
        int word = Registers.get(words, 4 * r + i / 2);
        return i % 2 == 0 ? Halves.low(word) : Halves.high(word);
    }

    /**
     * Puts the warp's sums of the four totals at {@code place}. Lanes halve what they sum as they go: of two lanes that exchange numbers, one goes on with
     * the first two, the other with the others.
     */
    private static void share(float[] totals, int place, int lane) {
        int upper = lane & 16;
        float first = Registers.get(totals, 0);
        float second = Registers.get(totals, 1);
        float third = Registers.get(totals, 2);
        float fourth = Registers.get(totals, 3);
        float a = (upper != 0 ? third : first) + Warps.shuffleXor(upper != 0 ? first : third, 16);
        float b = (upper != 0 ? fourth : second) + Warps.shuffleXor(upper != 0 ? second : fourth, 16);
        int odd = lane & 8;
        float sum = (odd != 0 ? b : a) + Warps.shuffleXor(odd != 0 ? a : b, 8);
        sum += Warps.shuffleXor(sum, 4);
        sum += Warps.shuffleXor(sum, 2);
        sum += Warps.shuffleXor(sum, 1);
        if ((lane & 7) == 0) {
            SharedMemory.storeFloat(place + lane / 8 * 4, sum);
        }
    }

    /** sums += others, or sums = others where {@code count} is 0. */
    private static void add(float[] sums, float[] others, int count) {
        for (int i = 0; i < 4; i++) {
            float other = Registers.get(others, i);
            Registers.set(sums, i, count == 0 ? other : Registers.get(sums, i) + other);
        }
    }

    private static void store(int r, int[] xs, int[] dys, float mean, float rstd, float[] gammas, float[] totals, int n, float[] outSums, HalfFloatArray dx,
            HalfFloatArray dropped, IntArray snapshot, int at, int threshold, float scale, int dropping) {
        float meanG = Registers.get(totals, 2 * r) / n;
        float meanDot = Registers.get(totals, 2 * r + 1) / n;
        int kept = dropping != 0 ? LayerNormWide.keepEight(snapshot, at, threshold) : 0;
        int[] words = Registers.words(4);
        int[] droppedWords = Registers.words(4);
        for (int i = 0; i < 4; i++) {
            float low = gradient(half(xs, r, 2 * i), half(dys, r, 2 * i), Registers.get(gammas, 2 * i), mean, rstd, meanG, meanDot);
            float high = gradient(half(xs, r, 2 * i + 1), half(dys, r, 2 * i + 1), Registers.get(gammas, 2 * i + 1), mean, rstd, meanG, meanDot);
            Registers.set(words, i, Halves.pack(low, high));
            if (dropping != 0) {
                low = low * DropoutGrid.factor(kept, 2 * i, scale);
                high = high * DropoutGrid.factor(kept, 2 * i + 1, scale);
                Registers.set(droppedWords, i, Halves.pack(low, high));
            }
            Registers.set(outSums, 2 * i, Registers.get(outSums, 2 * i) + low);
            Registers.set(outSums, 2 * i + 1, Registers.get(outSums, 2 * i + 1) + high);
        }
        GlobalMemory.store8(dx, at, words, 0);
        if (dropping != 0) {
            GlobalMemory.store8(dropped, at, droppedWords, 0);
        }
    }

    /** rstd (g - mean(g) - xhat mean(g xhat)). */
    private static float gradient(float x, float dy, float gamma, float mean, float rstd, float meanG, float meanDot) {
        return rstd * (dy * gamma - meanG - (x - mean) * rstd * meanDot);
    }

    private static void keep(int place, float[] sums) {
        SharedMemory.store4(place, sums, 0);
        SharedMemory.store4(place + 16, sums, 4);
    }
}
