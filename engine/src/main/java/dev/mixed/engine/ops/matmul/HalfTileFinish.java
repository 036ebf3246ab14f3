package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.gelu.Gelu;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

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
    /** The result stays in c, in the order of scratch, for {@link GemmFinish} to sum up and finish. */
    static final int PARTS = 4;

    private HalfTileFinish() {
    }

    /** Where a warp's part of a tile of 128x128 starts in a product's scratch. */
    static int scratch(int tileColumn, int tileRow, int ldc, int thread) {
        return (tileRow * (ldc >> 7) + tileColumn) * 16_384 + (thread >> 5 & 1) * 8_192 + (thread >> 6) * 4_096;
    }

    /** Where an element lies in a product's scratch in tiles of 128x128. */
    static int at(int row, int column, int ldc) {
        int tile = (row >> 7) * (ldc >> 7) + (column >> 7);
        int block = (column >> 6 & 1) * 64 + (row >> 4 & 7) * 8 + (column >> 3 & 7);
        return tile * 16_384 + block * 128 + (row & 8) * 8 + ((row & 7) ^ (column >> 3 & 3)) * 8 + (column & 7);
    }

    /** How much further a lane's elements of the j-th 8 columns lie than {@code mmaStore} thinks. */
    static int swizzle(int lane, int j) {
        int row = lane >> 2;
        return ((row ^ j) - row) * 8;
    }

    /**
     * Where in a product's scratch a thread of 128 finds its first element of a tile of 128x128, at column {@code thread % 64 * 2} of row
     * {@code thread / 64}. Rows 4 further on lie at + 32, rows 16 further on at + 1024, and the row 2 further on by {@link #second}.
     */
    static int first(int tileColumn, int tileRow, int ldc, int thread) {
        int column = (thread & 63) * 2;
        int slot = thread >> 6 ^ column >> 3 & 3;
        return (tileRow * (ldc >> 7) + tileColumn) * 16_384 + (column >> 6) * 8_192 + (column >> 3 & 7) * 128 + (column & 7) + slot * 8;
    }

    /** From {@link #first} to the element 2 rows further on. */
    static int second(int thread) {
        int slot = thread >> 6 ^ thread >> 2 & 3;
        return ((slot ^ 2) - slot) * 8;
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
