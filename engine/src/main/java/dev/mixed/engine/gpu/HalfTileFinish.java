package dev.mixed.engine.gpu;

import dev.mixed.engine.kernels.Gelu;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * How a block that has computed a tile turns it to F16: it reads the tile back from F32 scratch c, which has hardly left the cache, adds what is
 * to be added, and casts it. A tensor core's sums can leave registers no other way than by such scratch.
 *
 * <p>A tensor core's 16x8 results scatter over 8 rows with each store if scratch is row-major. So scratch of large tiles lies tile by tile, in a tile
 * by half of its columns, then by half of its rows, then by 16 rows, then by 8 columns: each 16x8 result takes 128 floats in a row, and a store
 * touches 2 cache lines in place of 8. Among 4 neighbouring rows of a result, row r of the j-th 8 columns lies at r ^ j % 4, so that reading a row
 * meets different banks.
 */
final class HalfTileFinish {
    /** The result stays in c. */
    static final int NONE = 0;
    /** dst = c, or dst += c if {@code sizes} says so. */
    static final int CAST = 1;
    /** dst = c + bias, or GELU of that if {@code sizes} says so; bias [n]. */
    static final int BIAS = 2;
    /** dst = c + bias, activated = GELU(dst); bias [n]. */
    static final int BIAS_GELU = 3;

    private HalfTileFinish() {
    }

    /** Where a warp's part of a tile of 128x128 starts in a product's scratch. */
    static int scratch(int tileColumn, int tileRow, int ldc, int thread) {
        return (tileRow * (ldc >> 7) + tileColumn) * 16_384 + (thread >> 5 & 1) * 8_192 + (thread >> 6) * 4_096;
    }

    /** How much further a lane's elements of the j-th 8 columns lie than {@code mmaStore} thinks. */
    static int swizzle(int lane, int j) {
        int row = lane >> 2;
        return ((row ^ j) - row) * 8;
    }

    /**
     * Finishes a tile of 128x128 by 128 threads.
     *
     * @param cAt   first of the product's scratch
     * @param batch which of dst's [batch, m, n]
     * @param sizes as {@link HalfGemm} gives them
     */
    static void large(FloatArray c, HalfFloatArray bias, HalfFloatArray dst, HalfFloatArray activated, IntArray sizes, int cAt, int tileColumn, int tileRow,
            int batch, int thread, int finish) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        // Two neighbours of a row a thread, 2 rows at once; a last column without a neighbour is written twice.
        int inTile = (thread & 63) * 2;
        int column = tileColumn * 128 + inTile;
        int next = Math.min(column + 1, n - 1) - column;
        if (column < n) {
            float firstBias = bias(bias, column, finish);
            float secondBias = bias(bias, column + next, finish);
            int flag = finish == CAST ? sizes.get(16) : sizes.get(17);
            int row = tileRow * 128 + (thread >> 6);
            int slot = thread >> 6 ^ inTile >> 3 & 3;
            int even = cAt + (tileRow * (sizes.get(5) >> 7) + tileColumn) * 16_384 + (inTile >> 6) * 8_192 + (inTile >> 3 & 7) * 128 + (inTile & 7) + slot * 8;
            int odd = even + ((slot ^ 2) - slot) * 8;
            // Eight rows are read before they are written, which saves waits.
            for (int i = 0; i < 128; i += 16) {
                int to = (batch * m + row) * n + column;
                float first0 = c.get(even), second0 = c.get(even + 1);
                float first1 = c.get(odd), second1 = c.get(odd + 1);
                float first2 = c.get(even + 32), second2 = c.get(even + 33);
                float first3 = c.get(odd + 32), second3 = c.get(odd + 33);
                float first4 = c.get(even + 64), second4 = c.get(even + 65);
                float first5 = c.get(odd + 64), second5 = c.get(odd + 65);
                float first6 = c.get(even + 96), second6 = c.get(even + 97);
                float first7 = c.get(odd + 96), second7 = c.get(odd + 97);
                put(dst, activated, to, row < m, next, first0 + firstBias, second0 + secondBias, finish, flag);
                put(dst, activated, to + 2 * n, row + 2 < m, next, first1 + firstBias, second1 + secondBias, finish, flag);
                put(dst, activated, to + 4 * n, row + 4 < m, next, first2 + firstBias, second2 + secondBias, finish, flag);
                put(dst, activated, to + 6 * n, row + 6 < m, next, first3 + firstBias, second3 + secondBias, finish, flag);
                put(dst, activated, to + 8 * n, row + 8 < m, next, first4 + firstBias, second4 + secondBias, finish, flag);
                put(dst, activated, to + 10 * n, row + 10 < m, next, first5 + firstBias, second5 + secondBias, finish, flag);
                put(dst, activated, to + 12 * n, row + 12 < m, next, first6 + firstBias, second6 + secondBias, finish, flag);
                put(dst, activated, to + 14 * n, row + 14 < m, next, first7 + firstBias, second7 + secondBias, finish, flag);
                even += 1_024;
                odd += 1_024;
                row += 16;
            }
        }
    }

    /** 0 without a bias. */
    static float bias(HalfFloatArray bias, int column, int kind) {
        float value = 0f;
        if (kind != CAST) {
            value = bias.get(column).getFloat32();
        }
        return value;
    }

    /**
     * Stores an element and its neighbour, {@code next} further on, where they are inside.
     *
     * @param kind how to finish them
     * @param flag whether to add to what dst holds, or to apply GELU, by kind
     */
    static void put(HalfFloatArray dst, HalfFloatArray activated, int at, boolean inside, int next, float first, float second, int kind, int flag) {
        if (inside) {
            float x = first;
            float y = second;
            if (kind == CAST && flag != 0) {
                x += dst.get(at).getFloat32();
                y += dst.get(at + next).getFloat32();
            }
            if (kind == BIAS && flag != 0) {
                x = Gelu.value(x);
                y = Gelu.value(y);
            }
            store(dst, at, next, x, y);
            if (kind == BIAS_GELU) {
                store(activated, at, next, Gelu.value(x), Gelu.value(y));
            }
        }
    }

    private static void store(HalfFloatArray array, int at, int next, float first, float second) {
        HalfFloat firstHalf = new HalfFloat(first);
        HalfFloat secondHalf = new HalfFloat(second);
        array.set(at, firstHalf);
        array.set(at + next, secondHalf);
    }
}
