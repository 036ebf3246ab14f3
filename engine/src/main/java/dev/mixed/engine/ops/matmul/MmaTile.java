// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mma;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Tiles of halves in shared memory, {@code edge} rows or columns of a product by {@link #DEPTH}, and fragments of them for mma.sync, in a block of
 * {@link #THREADS} threads whose four warps compute a quarter of the result each.
 *
 * <p>An operand lies <em>along</em> the depth if neighbours in memory are neighbours in k (a stored [m, k], b stored [n, k]), otherwise
 * <em>across</em> it. Its tile is stored the same way, in rows of 64 or 2 edge bytes; chunks of 16 bytes are swizzled so that neither a warp's copies
 * nor its ldmatrix meet in a bank. Addresses count bytes.
 */
final class MmaTile {
    /** Threads of a block. */
    static final int THREADS = 128;
    /** How deep a tile is. */
    static final int DEPTH = 32;
    /** The large and the small tile. */
    static final int LARGE = 128;
    static final int SMALL = 64;
    /** Rows of the result that lie in shared memory at a time on their way out. */
    static final int STAGED_ROWS = 64;

    private MmaTile() {
    }

    /** Bytes of a tile of one operand. */
    static int bytes(int edge) {
        return edge * DEPTH * 2;
    }

    /** Bytes of {@link #STAGED_ROWS} rows of the result. */
    static int stagedBytes(int edge) {
        return STAGED_ROWS * (edge + ProductStore.PAD) * 4;
    }

    /** Rows of a tile, as it is stored, from one of a thread's chunks to its next. */
    static int unit(int along, int edge) {
        return along != 0 ? THREADS / 4 : THREADS * 8 / edge;
    }

    /** The stored row of a thread's first chunk. */
    static int row(int along, int edge, int thread) {
        return along != 0 ? thread >> 2 : thread / (edge / 8);
    }

    /** The first of the 8 halves of a thread's chunks in their stored row. */
    static int column(int along, int edge, int thread) {
        return (along != 0 ? thread & 3 : thread % (edge / 8)) * 8;
    }

    /** Where a thread's first element of an operand lies, of the tile from row or column {@code corner} and depth {@code from} on. */
    static int start(int along, int ld, int edge, int corner, int from, int thread) {
        int row = row(along, edge, thread);
        int column = column(along, edge, thread);
        return along != 0 ? (corner + row) * ld + from + column : (from + row) * ld + corner + column;
    }

    /** The place in a tile of a thread's first chunk; the next ones lie 2048 bytes apart. */
    static int place(int along, int edge, int thread) {
        int row = row(along, edge, thread);
        int column = column(along, edge, thread) / 8;
        return along != 0 ? row * 64 + (column ^ row >> 1 & 3) * 16 : row * edge * 2 + (column ^ row & 7) * 16;
    }

    /** The depth that is left from a thread's first chunk on, of {@code depth}. */
    static int deep(int along, int edge, int depth, int thread) {
        return depth - (along != 0 ? column(along, edge, thread) : row(along, edge, thread));
    }

    /** The rows or columns that are left from a thread's first chunk on, of {@code rows} from the tile's first on. */
    static int wide(int along, int edge, int rows, int thread) {
        return rows - (along != 0 ? row(along, edge, thread) : column(along, edge, thread));
    }

    /**
     * Starts the copies of a thread's part of a tile; what lies outside of the operand becomes 0.
     *
     * @param at   the thread's first element; ld: elements from a stored row to the next
     * @param deep from {@link #deep}, wide: from {@link #wide}, of this tile
     */
    static void copy(int to, HalfFloatArray from, int at, int ld, int deep, int wide, int along, int edge) {
        int bytes = Math.max(0, Math.min(16, 2 * (along != 0 ? deep : wide)));
        int rows = along != 0 ? wide : deep;
        for (int i = 0; i < edge / 32; i++) {
            AsyncCopies.copy8(to + 2048 * i, from, at + i * unit(along, edge) * ld, i * unit(along, edge) < rows ? bytes : 0);
        }
    }

    /** What a lane reads first of the left operand's tile: the fragments of {@code edge / 2} rows from {@code row} on. */
    static int left(int along, int edge, int row, int lane) {
        return along != 0
                ? (row + (lane & 15)) * 64 + (lane >> 4 ^ lane >> 1 & 3) * 16
                : ((lane & 7) + (lane >> 4) * 8) * edge * 2 + ((row / 8 | lane >> 3 & 1) ^ lane & 7) * 16;
    }

    /** The same of the right operand's tile and {@code edge / 2} columns. */
    static int right(int along, int edge, int column, int lane) {
        return along != 0
                ? (column + (lane & 7) + (lane >> 4) * 8) * 64 + ((lane >> 3 & 1) ^ lane >> 1 & 3) * 16
                : ((lane & 7) + (lane >> 3 & 1) * 8) * edge * 2 + ((column / 8 | lane >> 4) ^ lane & 7) * 16;
    }

    /** Loads an operand's fragments of half the edge by 16 from words {@code at} on; deep is 0 or 1, for the tile's first or second half in depth. */
    static void load(int[] to, int at, int address, int along, int deep, int edge) {
        if (along != 0) {
            for (int i = 0; i < edge / 32; i++) {
                Matrices.load(to, at + 4 * i, (address ^ deep * 32) + i * 1024);
            }
        } else {
            for (int i = 0; i < edge / 32; i++) {
                Matrices.loadTransposed(to, at + 4 * i, (address ^ i * 32) + deep * 32 * edge);
            }
        }
    }

    /** A warp's products of fragments from words {@code at} of left and right on. */
    static void multiply(float[] sums, int[] left, int[] right, int at, int edge) {
        for (int i = 0; i < edge / 32; i++) {
            for (int j = 0; j < edge / 16; j++) {
                Mma.f16(sums, (i * (edge / 16) + j) * 4, left, at + 4 * i, right, at + 2 * j);
            }
        }
    }

    /** {@link #multiply} for GPUs that multiply 8 deep. */
    static void multiplyTwice(float[] sums, int[] left, int[] right, int at, int edge) {
        for (int i = 0; i < edge / 32; i++) {
            for (int j = 0; j < edge / 16; j++) {
                Mma.f16k8(sums, (i * (edge / 16) + j) * 4, left, at + 4 * i, right, at + 2 * j);
                Mma.f16k8(sums, (i * (edge / 16) + j) * 4, left, at + 4 * i + 2, right, at + 2 * j + 1);
            }
        }
    }
}
