package dev.mixed.engine.gpu;

import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/**
 * How blocks of 128 threads bring tiles of F16 operands, 32 of k deep, from global to local memory.
 *
 * <p>An operand's tile has {@code edge} rows of c (or columns, for b), which global memory holds either [edge, k] or [k, edge]. Each thread
 * loads 8 bytes at a time, 4 halves; a warp loads 64 bytes of each of 4 rows. Loads come in pairs of neighbouring rows, so that a thread can
 * transpose what it loaded: pair {@code i / 2}, row {@code i % 2} of it.
 *
 * <p>Local memory holds 16-byte chunks, the rows that {@code ldmatrix} reads: of A 8 elements along k in one row of c, of B 8 columns of c at
 * one k. Chunks lie by block of 8, then by row, in an order in which 8 neighbouring rows, 8 rows 4 apart, and 4 pairs of rows in 2
 * neighbouring blocks each touch all memory banks.
 */
final class HalfTiles {
    /** Depth of a tile. */
    static final int DEPTH = 32;
    static final int THREADS = 128;

    private HalfTiles() {
    }

    /** First int of the chunk of {@code row} in {@code block} where a block has {@code rows} rows. */
    static int chunk(int rows, int row, int block) {
        return (block * rows + row / 8 * 8 + (row % 8 ^ row / 8 % 4 ^ block % 2)) * 4;
    }

    /** Byte that {@code mmaLoadA} needs for this lane to read row {@code lane % 16} from {@code row} on, and 8 of k from 8 block + 8 (lane / 16) on. */
    static int leftByte(int edge, int row, int block, int lane) {
        return chunk(edge, row + lane % 16, block + lane / 16) * 4 - (lane % 16 * 32 + lane / 16 * 16);
    }

    /** Byte that {@code mmaLoadB} needs for this lane to read k = {@code k + lane % 16} of 8 columns. */
    static int rightByte(int k, int block, int lane) {
        return chunk(DEPTH, k + lane % 16, block) * 4 - lane % 16 * 16;
    }

    /** Which 8 of k a pair of loads from [k, edge] is in. */
    static int depthBlock(int edge, int thread, int i) {
        int warp = thread / 32;
        return edge == 128 ? i / 2 : i / 2 + warp / 2 * 2;
    }

    /** Which 32 of the edge loads from [k, edge] are in. */
    static int edgeBlock(int edge, int thread) {
        int warp = thread / 32;
        return edge == 128 ? warp : warp % 2;
    }

    /**
     * A thread's load {@code i}: 4 halves, zeros beyond {@code end} along k; beyond the operand's size it repeats the last ones, for results that nobody reads.
     *
     * @param alongK  not 0: stored [edge, k]
     * @param at      the operand's first long
     * @param ld      longs from row to row
     * @param tile    first of the edge
     * @param size    the operand's extent along the edge
     * @param start   first of k
     */
    static long load(LongArray operand, int alongK, int edge, int at, int ld, int tile, int size, int start, int end, int thread, int i) {
        int quad = thread % 8;
        int pair = thread / 8 % 4 * 2 + i % 2;
        int row;
        int column;
        int k;
        if (alongK != 0) {
            row = Math.min(tile + (thread / 32 + i / 2 * 4) * 8 + pair, size - 1);
            column = start / 4 + quad;
            k = start + quad * 4;
        } else {
            k = start + depthBlock(edge, thread, i) * 8 + pair;
            row = k;
            column = Math.min(tile / 4 + edgeBlock(edge, thread) * 8 + quad, size / 4 - 1);
        }
        long value = 0L;
        if (k < end) {
            value = operand.get(at + row * ld + column);
        }
        return value;
    }

    /** Stores loads {@code i} and {@code i + 1} of A, which is stored [m, k] if {@code alongK} is not 0, else [k, m]. */
    static void storeLeft(int[] tile, int from, int alongK, int edge, int thread, int i, long x, long y) {
        int quad = thread % 8;
        int pair = thread / 8 % 4;
        if (alongK != 0) {
            int row = (thread / 32 + i / 2 * 4) * 8 + pair * 2;
            store(tile, from + chunk(edge, row, quad / 2) + quad % 2 * 2, quad / 4, x);
            store(tile, from + chunk(edge, row + 1, quad / 2) + quad % 2 * 2, quad / 4, y);
        } else {
            int row = edgeBlock(edge, thread) * 32 + quad * 4;
            int block = depthBlock(edge, thread, i);
            storeTransposed(tile, from + chunk(edge, row, block) + pair, from + chunk(edge, row + 1, block) + pair,
                    from + chunk(edge, row + 2, block) + pair, from + chunk(edge, row + 3, block) + pair, x, y);
        }
    }

    /** Stores loads {@code i} and {@code i + 1} of B, which is stored [n, k] if {@code alongK} is not 0, else [k, n]. */
    static void storeRight(int[] tile, int from, int alongK, int edge, int thread, int i, long x, long y) {
        int quad = thread % 8;
        int pair = thread / 8 % 4;
        if (alongK != 0) {
            int block = thread / 32 + i / 2 * 4;
            int k = quad * 4;
            storeTransposed(tile, from + chunk(DEPTH, k, block) + pair, from + chunk(DEPTH, k + 1, block) + pair,
                    from + chunk(DEPTH, k + 2, block) + pair, from + chunk(DEPTH, k + 3, block) + pair, x, y);
        } else {
            int k = depthBlock(edge, thread, i) * 8 + pair * 2;
            int block = edgeBlock(edge, thread) * 4 + quad / 2;
            store(tile, from + chunk(DEPTH, k, block) + quad % 2 * 2, quad / 4, x);
            store(tile, from + chunk(DEPTH, k + 1, block) + quad % 2 * 2, quad / 4, y);
        }
    }

    /** Half of a chunk; every other set of lanes starts with the upper int, as each int by itself uses but half of the banks. */
    private static void store(int[] tile, int at, int upper, long value) {
        int low = (int) value;
        int high = (int) (value >>> 32);
        tile[at + upper] = upper != 0 ? high : low;
        tile[at + 1 - upper] = upper != 0 ? low : high;
    }

    /** Element j of x and of y side by side, for j from 0 to 3. */
    private static void storeTransposed(int[] tile, int at0, int at1, int at2, int at3, long x, long y) {
        int xLow = (int) x;
        int xHigh = (int) (x >>> 32);
        int yLow = (int) y;
        int yHigh = (int) (y >>> 32);
        tile[at0] = xLow & 0xFFFF | yLow << 16;
        tile[at1] = xLow >>> 16 & 0xFFFF | yLow & 0xFFFF0000;
        tile[at2] = xHigh & 0xFFFF | yHigh << 16;
        tile[at3] = xHigh >>> 16 & 0xFFFF | yHigh & 0xFFFF0000;
    }
}
