// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.FastMath;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mma;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of floats on tensor cores, which round them to tf32, 10 bits behind the point, and sum in float; from sm_80 on.
 *
 * <p>Blocks, warps and stages are those of {@link MmaGrid}. A tile is {@link #DEPTH} deep. Rows of an operand along the depth have 64 bytes, as
 * {@link MmaTile}'s have, and are swizzled and loaded in the same way; ldmatrix takes a float for two halves. An operand across the depth can't be
 * transposed so: it is loaded float by float, from rows in which groups of 8 floats trade places by the number of the row.
 */
final class Tf32Grid {
    /** How deep a tile is. */
    static final int DEPTH = 16;
    private static final int STAGES = 3;

    private Tf32Grid() {
    }

    /**
     * Products with their epilogue, or parts of them over the depth; rows of both operands begin at multiples of 16 bytes.
     *
     * @param alongA not 0: a is stored [m, k], otherwise [k, m]; alongB: b is stored [n, k], otherwise [k, n]
     * @param edge   {@link MmaTile#LARGE} or {@link MmaTile#SMALL}
     */
    static void tf32Product(KernelContext context, FloatArray a, FloatArray b, FloatArray bias, FloatArray added, FloatArray c, FloatArray activated,
            IntArray layout, int alongA, int alongB, int edge) {
        int tile = edge * DEPTH * 4;
        int shared = SharedMemory.allocate(STAGES * 2 * tile);
        int block = context.groupIdx;
        int thread = context.localIdx;
        float[] sums = Registers.floats(edge * edge / MmaTile.THREADS);
        int part = ProductTiles.part(layout, block, edge, edge);
        int top = ProductTiles.top(layout, block, edge, edge);
        int side = ProductTiles.side(layout, block, edge, edge);
        int from = ProductTiles.from(layout, part);
        int depth = ProductTiles.end(layout, part) - from;
        int lda = GlobalMemory.read(layout, Layout.LDA);
        int ldb = GlobalMemory.read(layout, Layout.LDB);
        int aRow = row(alongA, edge, thread);
        int aColumn = column(alongA, edge, thread);
        int bRow = row(alongB, edge, thread);
        int bColumn = column(alongB, edge, thread);
        int aAt = ProductTiles.a(layout, part) + (alongA != 0 ? (top + aRow) * lda + from + aColumn : (from + aRow) * lda + top + aColumn);
        int bAt = ProductTiles.b(layout, part) + (alongB != 0 ? (side + bRow) * ldb + from + bColumn : (from + bRow) * ldb + side + bColumn);
        int aDeep = depth - (alongA != 0 ? aColumn : aRow);
        int bDeep = depth - (alongB != 0 ? bColumn : bRow);
        int aWide = GlobalMemory.read(layout, Layout.M) - top - (alongA != 0 ? aRow : aColumn);
        int bWide = GlobalMemory.read(layout, Layout.N) - side - (alongB != 0 ? bRow : bColumn);
        int aTo = shared + place(alongA, edge, aRow, aColumn);
        int bTo = shared + tile + place(alongB, edge, bRow, bColumn);
        int lane = thread & 31;
        int row = (thread >> 6) * (edge / 2);
        int column = (thread >> 5 & 1) * (edge / 2);
        int aFrom = shared + (alongA != 0 ? MmaTile.left(1, edge, row, lane) : across(edge, row, lane));
        int bFrom = shared + tile + (alongB != 0 ? MmaTile.right(1, edge, column, lane) : across(edge, column, lane));
        int words = edge / 8;
        int[] left = Registers.words(2 * words);
        int[] right = Registers.words(2 * words);
        int aStep = alongA != 0 ? DEPTH : DEPTH * lda;
        int bStep = alongB != 0 ? DEPTH : DEPTH * ldb;
        for (int s = 0; s < STAGES - 1; s++) {
            copy(aTo + s * 2 * tile, a, aAt + s * aStep, lda, aDeep - s * DEPTH, aWide, alongA, edge);
            copy(bTo + s * 2 * tile, b, bAt + s * bStep, ldb, bDeep - s * DEPTH, bWide, alongB, edge);
            AsyncCopies.commit();
        }
        aAt += (STAGES - 1) * aStep;
        bAt += (STAGES - 1) * bStep;
        aDeep -= (STAGES - 1) * DEPTH;
        bDeep -= (STAGES - 1) * DEPTH;
        int read = 0;
        int write = (STAGES - 1) * 2 * tile;
        AsyncCopies.await(STAGES - 2);
        Blocks.barrier();
        loadLeft(left, 0, aFrom, alongA, 0, edge);
        loadRight(right, 0, bFrom, alongB, 0, edge);
        int steps = Registers.opaque((depth + DEPTH - 1) / DEPTH);
        for (int step = 0; step < steps; step++) {
            loadLeft(left, words, aFrom + read, alongA, 1, edge);
            loadRight(right, words, bFrom + read, alongB, 1, edge);
            // Beyond the end of the depth these are zeros.
            copy(aTo + write, a, aAt, lda, aDeep, aWide, alongA, edge);
            copy(bTo + write, b, bAt, ldb, bDeep, bWide, alongB, edge);
            AsyncCopies.commit();
            aAt += aStep;
            bAt += bStep;
            aDeep -= DEPTH;
            bDeep -= DEPTH;
            multiply(sums, left, right, 0, edge);
            read = read == (STAGES - 1) * 2 * tile ? 0 : read + 2 * tile;
            write = write == (STAGES - 1) * 2 * tile ? 0 : write + 2 * tile;
            AsyncCopies.await(STAGES - 2);
            Blocks.barrier();
            loadLeft(left, 0, aFrom + read, alongA, 0, edge);
            loadRight(right, 0, bFrom + read, alongB, 0, edge);
            multiply(sums, left, right, words, edge);
        }
        AsyncCopies.await(0);
        MmaStore.floats(sums, shared, bias, added, c, activated, layout, block, thread, edge);
    }

    private static int row(int along, int edge, int thread) {
        return along != 0 ? thread >> 2 : thread / (edge / 4);
    }

    private static int column(int along, int edge, int thread) {
        return (along != 0 ? thread & 3 : thread % (edge / 4)) * 4;
    }

    /** Where four floats of a tile lie in shared memory. */
    private static int place(int along, int edge, int row, int column) {
        return along != 0 ? row * 64 + (column / 4 ^ row >> 1 & 3) * 16 : row * edge * 4 + (column ^ (row & 3) * 8) * 4;
    }

    /** Starts the copies of a thread's part of a tile; what lies outside of the operand becomes 0. Arguments as in {@link MmaTile#copy}. */
    private static void copy(int to, FloatArray from, int at, int ld, int deep, int wide, int along, int edge) {
        int bytes = Math.max(0, Math.min(16, 4 * (along != 0 ? deep : wide)));
        int rows = along != 0 ? wide : deep;
        int unit = along != 0 ? MmaTile.THREADS / 4 : MmaTile.THREADS * 4 / edge;
        for (int i = 0; i < edge / 32; i++) {
            AsyncCopies.copy4(to + 2048 * i, from, at + i * unit * ld, i * unit < rows ? bytes : 0);
        }
    }

    /** Where a lane finds its first float of an operand across the depth, from row or column {@code from} of the tile on. */
    private static int across(int edge, int from, int lane) {
        int depth = lane & 3;
        return depth * edge * 4 + (from + (lane >> 2) ^ depth * 8) * 4;
    }

    /** Fragments of {@code edge / 2} rows by 8, the deep-th of the tile, from words {@code at} on. */
    private static void loadLeft(int[] to, int at, int address, int along, int deep, int edge) {
        if (along != 0) {
            loadAlong(to, at, address, deep, edge);
        } else {
            for (int i = 0; i < edge / 32; i++) {
                int first = (address ^ i * 64) + deep * 32 * edge;
                int second = (address ^ i * 64 + 32) + deep * 32 * edge;
                load(to, at + 4 * i, first);
                load(to, at + 4 * i + 1, second);
                load(to, at + 4 * i + 2, first + 16 * edge);
                load(to, at + 4 * i + 3, second + 16 * edge);
            }
        }
    }

    /** The same of columns; two fragments of 8 columns to four words. */
    private static void loadRight(int[] to, int at, int address, int along, int deep, int edge) {
        if (along != 0) {
            loadAlong(to, at, address, deep, edge);
        } else {
            for (int i = 0; i < edge / 32; i++) {
                int first = (address ^ i * 64) + deep * 32 * edge;
                int second = (address ^ i * 64 + 32) + deep * 32 * edge;
                load(to, at + 4 * i, first);
                load(to, at + 4 * i + 1, first + 16 * edge);
                load(to, at + 4 * i + 2, second);
                load(to, at + 4 * i + 3, second + 16 * edge);
            }
        }
    }

    private static void loadAlong(int[] to, int at, int address, int deep, int edge) {
        for (int i = 0; i < edge / 32; i++) {
            Matrices.load(to, at + 4 * i, (address ^ deep * 32) + i * 1024);
            for (int e = 0; e < 4; e++) {
                Registers.set(to, at + 4 * i + e, Mma.toTf32(FastMath.ofBits(Registers.get(to, at + 4 * i + e))));
            }
        }
    }

    private static void load(int[] to, int at, int address) {
        Registers.set(to, at, Mma.toTf32(SharedMemory.loadFloat(address)));
    }

    private static void multiply(float[] sums, int[] left, int[] right, int at, int edge) {
        for (int i = 0; i < edge / 32; i++) {
            for (int j = 0; j < edge / 16; j++) {
                Mma.tf32(sums, (i * (edge / 16) + j) * 4, left, at + 4 * i, right, at + 2 * j);
            }
        }
    }
}
