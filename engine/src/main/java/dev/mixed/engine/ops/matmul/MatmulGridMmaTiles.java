// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/**
 * How blocks of 128 threads bring tiles of F16 operands, 32 of k deep, from global to local memory.
 *
 * <p>An operand's tile has {@code edge} rows of c (or columns, for b), which global memory holds either [edge, k] ({@code alongK}) or
 * [k, edge]. Each thread loads 4 halves at a time; a warp loads 64 bytes of each of 4 rows. Loads {@code i} and {@code i + 1}, i even, are of
 * neighbouring rows, so that a thread can transpose what it loaded.
 *
 * <p>Local memory holds 16-byte chunks, the rows that {@code ldmatrix} reads: of A 8 elements along k in one row of c, of B 8 columns of c at
 * one k. Chunks lie by block of 8, then by row, in an order in which 8 neighbouring rows, 8 rows 4 apart, and 4 pairs of rows in 2
 * neighbouring blocks each touch all memory banks. Indices are built so that only constants differ between the accesses of a thread.
 */
final class MatmulGridMmaTiles {
    /** Depth of a tile. */
    static final int DEPTH = 32;
    static final int THREADS = 128;

    private MatmulGridMmaTiles() {
    }

    /** First int of the chunk of {@code row} in {@code block} where a block has {@code rows} rows. */
    private static int chunk(int rows, int row, int block) {
        return (block * rows + (row & ~7) + ((row & 7) ^ (row >> 3 & 3) ^ (block & 1))) * 4;
    }

    /**
     * Index of a thread's load {@code i} where k starts at 0. Beyond the operand's edge it is that of the last elements, for results that nobody reads.
     *
     * @param at   the operand's first long
     * @param ld   longs from row to row
     * @param tile first of the edge
     * @param size the operand's extent along the edge
     */
    static int offset(int alongK, int at, int ld, int tile, int size, int thread, int i) {
        int warp = thread >> 5;
        int quad = thread & 7;
        int pair = (thread >> 3 & 3) * 2 + (i & 1);
        int offset;
        if (alongK != 0) {
            offset = at + Math.min(tile + (warp + (i >> 1) * 4) * 8 + pair, size - 1) * ld + quad;
        } else {
            offset = at + (warp * 8 + pair) * ld + Math.min((tile >> 2) + (i >> 1) * 8 + quad, (size >> 2) - 1);
        }
        return offset;
    }

    /** Longs from one of k to the next, times 4. */
    static int step(int alongK, int ld) {
        return alongK != 0 ? 1 : ld * 4;
    }

    /** First of k in load {@code i} where k starts at 0. */
    static int depth(int alongK, int thread, int i) {
        return alongK != 0 ? (thread & 7) * 4 : (thread >> 5) * 8 + (thread >> 3 & 3) * 2 + (i & 1);
    }

    /** Zeros where {@code k} is not below {@code end}. */
    static long load(LongArray operand, int index, int k, int end) {
        long value = 0L;
        if (k < end) {
            value = operand.get(index);
        }
        return value;
    }

    /** Where a thread's first int of A belongs. */
    static int leftAt(int alongK, int edge, int thread) {
        int warp = thread >> 5;
        int quad = thread & 7;
        int pair = thread >> 3 & 3;
        return alongK != 0 ? chunk(edge, warp * 8 + pair * 2, quad >> 1) + (quad & 1) * 2 + (quad >> 2) : chunk(edge, quad * 4, warp) + pair;
    }

    /** Where a thread's first int of B belongs. */
    static int rightAt(int alongK, int thread) {
        int warp = thread >> 5;
        int quad = thread & 7;
        int pair = thread >> 3 & 3;
        return alongK != 0 ? chunk(DEPTH, quad * 4, warp) + pair : chunk(DEPTH, warp * 8 + pair * 2, quad >> 1) + (quad & 1) * 2 + (quad >> 2);
    }

    /**
     * Where the {@code j}-th of the 4 ints of two loads belongs, from {@link #leftAt} + 128 i / 2 or {@link #rightAt} + 512 i / 2 on.
     *
     * @param straight not 0 where local memory holds the loads as they are: A along k, or B along n
     */
    static int place(int straight, int at, int j) {
        return straight != 0 ? at ^ ((j & 1) | (j & 2) << 1) : at ^ j << 2;
    }

    /**
     * The {@code j}-th of the 4 ints of loads x and y of two neighbouring rows. TornadoVM addresses a local array wrongly in a method that the
     * kernel calls, so the kernel itself stores them.
     *
     * <p>Straight: the halves of two rows' chunks; every other set of lanes starts with the upper int, as each int by itself uses but half of the
     * banks. Else: element j of x and of y side by side.
     */
    static int word(int straight, int thread, int j, long x, long y) {
        int word;
        if (straight != 0) {
            boolean upper = (thread & 4) != 0 ^ (j & 1) != 0;
            long load = j < 2 ? x : y;
            int low = (int) load;
            int high = (int) (load >> 32);
            word = upper ? high : low;
        } else {
            int left = j < 2 ? (int) x : (int) (x >> 32);
            int right = j < 2 ? (int) y : (int) (y >> 32);
            if ((j & 1) == 0) {
                word = left & 0xFFFF | right << 16;
            } else {
                // Not >>>: Graal would drop the mask then, and the cuda backend shifts the sign in.
                word = left >> 16 & 0xFFFF | right & 0xFFFF0000;
            }
        }
        return word;
    }

    /**
     * Byte in A from which {@code mmaLoadA}, given the difference to {@link #builtInLeft}, reads 16 rows, 16 of k. With it read, odd ones of
     * those 16 rows lie at {@code ^ 32}, and then 256 bytes further for each 16 rows, 32 edge bytes for each 16 of k.
     *
     * @param row first of the warp's rows, a multiple of 32
     */
    static int leftByte(int edge, int row, int lane) {
        return chunk(edge, row + (lane & 15), lane >> 4) * 4;
    }

    /** What {@code mmaLoadA} itself adds for a lane. */
    static int builtInLeft(int lane) {
        return (lane & 15) * 32 + (lane >> 4) * 16;
    }

    /**
     * Byte in B from which {@code mmaLoadB}, given the difference to {@link #builtInRight}, reads 16 of k, 8 columns. Odd ones of the 8 columns
     * lie at {@code ^ 16}, the other 16 of k at {@code ^ 32}, and then 512 and 256 bytes further each.
     *
     * @param block first of the warp's 8 columns, a multiple of 2
     */
    static int rightByte(int block, int lane) {
        return chunk(DEPTH, lane & 15, block) * 4;
    }

    /** What {@code mmaLoadB} itself adds for a lane. */
    static int builtInRight(int lane) {
        return (lane & 15) * 16;
    }
}
