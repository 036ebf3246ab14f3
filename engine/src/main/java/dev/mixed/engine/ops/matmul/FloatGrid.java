// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of floats on a GPU's ordinary cores, from sm_80 on: a block computes a square tile of {@code edge}, a thread {@link #ROWS} x
 * {@link #COLUMNS} of its results in registers, in the order of {@link ProductTiles}.
 *
 * <p>Tiles of both operands, {@link #DEPTH} deep, lie across the depth in shared memory, whichever way the operands are stored; copies of the next run
 * meanwhile. Threads load four floats at a time. An operand along the depth is copied float by float, 8 of 4 rows by a warp: rows of a tile are padded
 * so that these meet no bank twice.
 *
 * <p>Registers lie in two banks, by parity. A multiplication that finds two of its three operands in one bank takes two turns, unless it takes one from
 * the instruction before. So a thread multiplies one element of a by all of b's in turn, which it keeps, and its sums are stored in an order that puts
 * each into the other bank than the element of b that it meets.
 */
final class FloatGrid {
    /** Rows of c that a thread computes. */
    static final int ROWS = 8;
    /** Columns of c that a thread computes. */
    static final int COLUMNS = 8;
    /** How deep a tile is. */
    static final int DEPTH = 16;
    /** Floats by which a row of a tile is longer in shared memory. */
    private static final int PAD = 4;

    private FloatGrid() {
    }

    /** Threads of a block. */
    static int threads(int edge) {
        return edge / ROWS * (edge / COLUMNS);
    }

    /**
     * Products with their epilogue, or parts of them over the depth.
     *
     * @param alongA not 0: a is stored [m, k], otherwise [k, m]; alongB: b is stored [n, k], otherwise [k, n]
     * @param loadA  floats of a that are copied at once: 4, or 1 where a lies along the depth or its rows don't begin at multiples of 16 bytes; loadB:
     *               those of b
     * @param edge   128 or 64
     */
    static void floatProduct(KernelContext context, FloatArray a, FloatArray b, FloatArray bias, FloatArray added, FloatArray c, FloatArray activated,
            IntArray layout, int alongA, int alongB, int loadA, int loadB, int edge) {
        int pitch = (edge + PAD) * 4;
        int tile = DEPTH * pitch;
        int shared = SharedMemory.allocate(Math.max(4 * tile, edge / 2 * (edge + ProductStore.PAD) * 4));
        int block = context.groupIdx;
        int thread = context.localIdx;
        int part = ProductTiles.part(layout, block, edge, edge);
        int top = ProductTiles.top(layout, block, edge, edge);
        int side = ProductTiles.side(layout, block, edge, edge);
        int from = ProductTiles.from(layout, part);
        int depth = ProductTiles.end(layout, part) - from;
        int lda = GlobalMemory.read(layout, Layout.LDA);
        int ldb = GlobalMemory.read(layout, Layout.LDB);
        int aDeep = deep(alongA, loadA, edge, thread);
        int aWide = wide(alongA, loadA, edge, thread);
        int bDeep = deep(alongB, loadB, edge, thread);
        int bWide = wide(alongB, loadB, edge, thread);
        int aAt = ProductTiles.a(layout, part) + (alongA != 0 ? (top + aWide) * lda + from + aDeep : (from + aDeep) * lda + top + aWide);
        int bAt = ProductTiles.b(layout, part) + (alongB != 0 ? (side + bWide) * ldb + from + bDeep : (from + bDeep) * ldb + side + bWide);
        int aTo = shared + aDeep * pitch + aWide * 4;
        int bTo = shared + tile + bDeep * pitch + bWide * 4;
        int aRows = GlobalMemory.read(layout, Layout.M) - top - aWide;
        int bRows = GlobalMemory.read(layout, Layout.N) - side - bWide;
        aDeep = depth - aDeep;
        bDeep = depth - bDeep;
        // A warp is 4 threads high and 8 wide. Lanes that differ in their lowest bit share columns, in the next one rows: a load of 16 bytes a lane
        // is done in two turns, not four, if in each eight lanes pairs of such neighbours want the same.
        int lane = thread & 31;
        int across = edge / COLUMNS;
        int tx = thread / 32 % (across / 8) * 8 + (lane >> 1 & 7);
        int ty = thread / 32 / (across / 8) * 4 + (lane & 1) + (lane >> 4) * 2;
        int aFrom = shared + ty * 16;
        int bFrom = shared + tile + tx * 16;
        float[] sums = Registers.floats(ROWS * COLUMNS);
        float[] left = Registers.floats(ROWS);
        float[] right = Registers.floats(COLUMNS);
        copy(aTo, a, aAt, lda, aDeep, aRows, alongA, loadA, edge);
        copy(bTo, b, bAt, ldb, bDeep, bRows, alongB, loadB, edge);
        AsyncCopies.commit();
        int read = 0;
        int steps = Registers.opaque((depth + DEPTH - 1) / DEPTH);
        // Unrolled further, sums change registers on their way, and with them banks.
        int deep = Registers.opaque(DEPTH);
        for (int step = 0; step < steps; step++) {
            AsyncCopies.await(0);
            Blocks.barrier();
            aAt += alongA != 0 ? DEPTH : DEPTH * lda;
            bAt += alongB != 0 ? DEPTH : DEPTH * ldb;
            aDeep -= DEPTH;
            bDeep -= DEPTH;
            // Beyond the end of the depth these are zeros.
            copy(aTo + 2 * tile - read, a, aAt, lda, aDeep, aRows, alongA, loadA, edge);
            copy(bTo + 2 * tile - read, b, bAt, ldb, bDeep, bRows, alongB, loadB, edge);
            AsyncCopies.commit();
            int x = aFrom + read;
            int y = bFrom + read;
            for (int d = 0; d < deep; d++) {
                // In this order; with a's elements first, ptxas keeps these and goes through b's.
                SharedMemory.load4(right, 0, y);
                SharedMemory.load4(right, 4, y + edge / 2 * 4);
                SharedMemory.load4(left, 0, x);
                SharedMemory.load4(left, 4, x + edge / 2 * 4);
                for (int i = 0; i < ROWS; i++) {
                    Registers.addScaled(sums, i * COLUMNS, left, i, right, 0, 1, COLUMNS);
                }
                x += pitch;
                y += pitch;
            }
            read = 2 * tile - read;
        }
        AsyncCopies.await(0);
        store(sums, right, shared, bias, added, c, activated, layout, block, thread, tx, ty, edge);
    }

    /** The depth of a thread's first copy in a tile. */
    private static int deep(int along, int load, int edge, int thread) {
        return along != 0 ? (thread & 7) + (thread >> 5 & 1) * 8 : thread / (edge / load);
    }

    /** The row or column of a thread's first copy in a tile. */
    private static int wide(int along, int load, int edge, int thread) {
        return along != 0 ? (thread >> 3 & 3) + thread / 64 * 4 : thread % (edge / load) * load;
    }

    /**
     * Starts the copies of a thread's part of a tile; what lies outside of the operand becomes 0.
     *
     * @param at   the thread's first element; ld: elements from a stored row to the next
     * @param deep the depth that is left from the thread's first copy on; rows: the rows or columns that are left
     */
    private static void copy(int to, FloatArray from, int at, int ld, int deep, int rows, int along, int load, int edge) {
        int pitch = (edge + PAD) * 4;
        if (along != 0) {
            int unit = threads(edge) / DEPTH;
            int bytes = deep > 0 ? 4 : 0;
            for (int i = 0; i < edge / unit; i++) {
                AsyncCopies.copy1(to + i * unit * 4, from, at + i * unit * ld, i * unit < rows ? bytes : 0);
            }
        } else {
            int unit = threads(edge) / (edge / load);
            int bytes = Math.max(0, Math.min(4 * load, 4 * rows));
            for (int i = 0; i < DEPTH / unit; i++) {
                if (load == 4) {
                    AsyncCopies.copy4(to + i * unit * pitch, from, at + i * unit * ld, i * unit < deep ? bytes : 0);
                } else {
                    AsyncCopies.copy1(to + i * unit * pitch, from, at + i * unit * ld, i * unit < deep ? bytes : 0);
                }
            }
        }
    }

    /** The upper half of the tile first, then the lower one. */
    private static void store(float[] sums, float[] more, int shared, FloatArray bias, FloatArray added, FloatArray c, FloatArray activated,
            IntArray layout, int block, int thread, int tx, int ty, int edge) {
        int at = ProductTiles.c(layout, ProductTiles.part(layout, block, edge, edge));
        int top = ProductTiles.top(layout, block, edge, edge);
        int side = ProductTiles.side(layout, block, edge, edge);
        float[] values = Registers.floats(4);
        int passes = Registers.opaque(2);
        for (int pass = 0; pass < passes; pass++) {
            Blocks.barrier();
            if (pass == 0) {
                stage(sums, values, 0, shared, tx, ty, edge);
            } else {
                stage(sums, values, ROWS / 2, shared, tx, ty, edge);
            }
            Blocks.barrier();
            ProductStore.floats(shared, bias, added, c, activated, layout, values, more, at, top + pass * (edge / 2), edge / 2, 0, side, thread,
                    threads(edge), edge / 2, edge, ProductStore.PAIRS);
        }
    }

    /** Puts half of a thread's rows, from number {@code first} on, where {@link ProductStore} takes them. */
    private static void stage(float[] sums, float[] values, int first, int shared, int tx, int ty, int edge) {
        int pitch = (edge + ProductStore.PAD) * 4;
        for (int i = 0; i < ROWS / 2; i++) {
            for (int j = 0; j < COLUMNS; j += 4) {
                for (int e = 0; e < 4; e++) {
                    Registers.set(values, e, Registers.get(sums, (first + i) * COLUMNS + (j + e ^ ProductStore.PAIRS)));
                }
                SharedMemory.store4(shared + (4 * ty + i) * pitch + (4 * tx + j / 4 * (edge / 2)) * 4, values, 0);
            }
        }
    }
}
