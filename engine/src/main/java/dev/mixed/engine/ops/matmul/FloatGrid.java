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
 * Products of floats on a GPU's ordinary cores, from sm_80 on: a block computes a square tile of {@code edge}, a thread {@link #ROWS} x {@code columns}
 * of its results in registers, in the order of {@link ProductTiles}.
 *
 * <p>Tiles of both operands, {@link #DEPTH} deep, are stored in shared memory as the operands are, along the depth or across it ({@link MmaTile} has
 * the words); copies of the next run meanwhile. Threads load four floats at a time. Of an operand along the depth these are four of a row, and a
 * thread's rows lie {@code edge / ROWS} apart; of one across, they are four neighbouring rows. Rows along the depth are padded, so that the eight
 * threads that load at one time meet no bank twice.
 */
final class FloatGrid {
    /** Rows of c that a thread computes. */
    static final int ROWS = 8;
    /** How deep a tile is. */
    static final int DEPTH = 16;
    /** Bytes from one row along the depth to the next. */
    private static final int PITCH = (DEPTH + 4) * 4;

    private FloatGrid() {
    }

    /** Threads of a block. */
    static int threads(int edge, int columns) {
        return edge / ROWS * (edge / columns);
    }

    /**
     * Products with their epilogue, or parts of them over the depth.
     *
     * @param alongA  not 0: a is stored [m, k], otherwise [k, m]; alongB: b is stored [n, k], otherwise [k, n]
     * @param loadA   floats of a that are copied at once: 4, or 1 where its rows don't begin at multiples of 16 bytes; loadB: those of b
     * @param edge    128 or 64
     * @param columns 16 or 8
     */
    static void floatProduct(KernelContext context, FloatArray a, FloatArray b, FloatArray bias, FloatArray added, FloatArray c, FloatArray activated,
            IntArray layout, int alongA, int alongB, int loadA, int loadB, int edge, int columns) {
        int tile = edge * PITCH;
        int shared = SharedMemory.allocate(4 * tile);
        int block = context.groupIdx;
        int thread = context.localIdx;
        int threads = threads(edge, columns);
        int part = ProductTiles.part(layout, block, edge, edge);
        int top = ProductTiles.top(layout, block, edge, edge);
        int side = ProductTiles.side(layout, block, edge, edge);
        int from = ProductTiles.from(layout, part);
        int depth = ProductTiles.end(layout, part) - from;
        int lda = GlobalMemory.read(layout, Layout.LDA);
        int ldb = GlobalMemory.read(layout, Layout.LDB);
        int aRow = row(alongA, loadA, edge, thread);
        int aColumn = column(alongA, loadA, edge, thread);
        int bRow = row(alongB, loadB, edge, thread);
        int bColumn = column(alongB, loadB, edge, thread);
        int aAt = ProductTiles.a(layout, part) + (alongA != 0 ? (top + aRow) * lda + from + aColumn : (from + aRow) * lda + top + aColumn);
        int bAt = ProductTiles.b(layout, part) + (alongB != 0 ? (side + bRow) * ldb + from + bColumn : (from + bRow) * ldb + side + bColumn);
        int aDeep = depth - (alongA != 0 ? aColumn : aRow);
        int bDeep = depth - (alongB != 0 ? bColumn : bRow);
        int aWide = GlobalMemory.read(layout, Layout.M) - top - (alongA != 0 ? aRow : aColumn);
        int bWide = GlobalMemory.read(layout, Layout.N) - side - (alongB != 0 ? bRow : bColumn);
        int aTo = shared + aRow * (alongA != 0 ? PITCH : edge * 4) + aColumn * 4;
        int bTo = shared + tile + bRow * (alongB != 0 ? PITCH : edge * 4) + bColumn * 4;
        // A warp is 4 threads high and 8 wide: it loads as little as it can of what neighbours share.
        int lane = thread & 31;
        int across = edge / columns;
        int tx = thread / 32 % (across / 8) * 8 + (lane & 7);
        int ty = thread / 32 / (across / 8) * 4 + (lane >> 3);
        int aFrom = shared + ty * (alongA != 0 ? PITCH : 16);
        int bFrom = shared + tile + tx * (alongB != 0 ? PITCH : 16);
        float[] sums = Registers.floats(ROWS * columns);
        float[] left = Registers.floats(4 * ROWS);
        float[] right = Registers.floats(16);
        copy(aTo, a, aAt, lda, aDeep, aWide, alongA, loadA, edge, threads);
        copy(bTo, b, bAt, ldb, bDeep, bWide, alongB, loadB, edge, threads);
        AsyncCopies.commit();
        int read = 0;
        int steps = Registers.opaque((depth + DEPTH - 1) / DEPTH);
        int groups = Registers.opaque(DEPTH / 4);
        for (int step = 0; step < steps; step++) {
            AsyncCopies.await(0);
            Blocks.barrier();
            aAt += alongA != 0 ? DEPTH : DEPTH * lda;
            bAt += alongB != 0 ? DEPTH : DEPTH * ldb;
            aDeep -= DEPTH;
            bDeep -= DEPTH;
            // Beyond the end of the depth these are zeros.
            copy(aTo + 2 * tile - read, a, aAt, lda, aDeep, aWide, alongA, loadA, edge, threads);
            copy(bTo + 2 * tile - read, b, bAt, ldb, bDeep, bWide, alongB, loadB, edge, threads);
            AsyncCopies.commit();
            for (int group = 0; group < groups; group++) {
                int x = aFrom + read + group * (alongA != 0 ? 16 : 16 * edge);
                int y = bFrom + read + group * (alongB != 0 ? 16 : 16 * edge);
                loadLeft(left, x, alongA, edge);
                if (alongB != 0) {
                    for (int j = 0; j < columns; j++) {
                        SharedMemory.load4(right, 0, y + j * across * PITCH);
                        for (int d = 0; d < 4; d++) {
                            Registers.addScaled(sums, j * ROWS, right, d, left, alongA != 0 ? d : d * ROWS, alongA != 0 ? 4 : 1, ROWS);
                        }
                    }
                } else {
                    for (int d = 0; d < 4; d++) {
                        for (int j = 0; j < columns; j += 4) {
                            SharedMemory.load4(right, j, y + d * edge * 4 + j * across * 4);
                        }
                        for (int j = 0; j < columns; j++) {
                            Registers.addScaled(sums, j * ROWS, right, j, left, alongA != 0 ? d : d * ROWS, alongA != 0 ? 4 : 1, ROWS);
                        }
                    }
                }
            }
            read = 2 * tile - read;
        }
        AsyncCopies.await(0);
        store(sums, right, shared, bias, added, c, activated, layout, block, thread, tx, ty, alongA, alongB, edge, columns);
    }

    /** The stored row of a thread's first copy. */
    private static int row(int along, int load, int edge, int thread) {
        return along != 0 ? thread / (DEPTH / load) : thread / (edge / load);
    }

    /** The first float of a thread's copies in their stored row. */
    private static int column(int along, int load, int edge, int thread) {
        return (along != 0 ? thread % (DEPTH / load) : thread % (edge / load)) * load;
    }

    /** Starts the copies of a thread's part of a tile; what lies outside of the operand becomes 0. Arguments as in {@link MmaTile#copy}. */
    private static void copy(int to, FloatArray from, int at, int ld, int deep, int wide, int along, int load, int edge, int threads) {
        int unit = along != 0 ? threads / (DEPTH / load) : threads / (edge / load);
        int bytes = Math.max(0, Math.min(4 * load, 4 * (along != 0 ? deep : wide)));
        int rows = along != 0 ? wide : deep;
        for (int i = 0; i < edge * DEPTH / load / threads; i++) {
            int next = to + i * unit * (along != 0 ? PITCH : edge * 4);
            if (load == 4) {
                AsyncCopies.copy4(next, from, at + i * unit * ld, i * unit < rows ? bytes : 0);
            } else {
                AsyncCopies.copy1(next, from, at + i * unit * ld, i * unit < rows ? bytes : 0);
            }
        }
    }

    /** Four columns of a thread's rows: by row if along, otherwise by column. */
    private static void loadLeft(float[] left, int address, int along, int edge) {
        if (along != 0) {
            for (int i = 0; i < ROWS; i++) {
                SharedMemory.load4(left, 4 * i, address + i * (edge / ROWS) * PITCH);
            }
        } else {
            for (int d = 0; d < 4; d++) {
                SharedMemory.load4(left, d * ROWS, address + d * edge * 4);
                SharedMemory.load4(left, d * ROWS + 4, address + d * edge * 4 + edge / 2 * 4);
            }
        }
    }

    /** The upper half of the tile first, then the lower one. */
    private static void store(float[] sums, float[] more, int shared, FloatArray bias, FloatArray added, FloatArray c, FloatArray activated,
            IntArray layout, int block, int thread, int tx, int ty, int alongA, int alongB, int edge, int columns) {
        int at = ProductTiles.c(layout, ProductTiles.part(layout, block, edge, edge));
        int top = ProductTiles.top(layout, block, edge, edge);
        int side = ProductTiles.side(layout, block, edge, edge);
        float[] values = Registers.floats(4);
        int passes = Registers.opaque(2);
        for (int pass = 0; pass < passes; pass++) {
            Blocks.barrier();
            if (pass == 0) {
                stage(sums, values, 0, shared, tx, ty, alongA, alongB, edge, columns);
            } else {
                stage(sums, values, ROWS / 2, shared, tx, ty, alongA, alongB, edge, columns);
            }
            Blocks.barrier();
            ProductStore.floats(shared, bias, added, c, activated, layout, values, more, at, top + pass * (edge / 2), edge / 2, 0, side, thread,
                    threads(edge, columns), edge / 2, edge);
        }
    }

    /** Puts half of a thread's rows, from number {@code first} on, where {@link ProductStore} takes them. */
    private static void stage(float[] sums, float[] values, int first, int shared, int tx, int ty, int alongA, int alongB, int edge, int columns) {
        int across = edge / columns;
        int pitch = (edge + ProductStore.PAD) * 4;
        for (int i = 0; i < ROWS / 2; i++) {
            int to = shared + (alongA != 0 ? ty + i * (edge / ROWS) : 4 * ty + i) * pitch;
            for (int j = 0; j < columns; j += 4) {
                if (alongB != 0) {
                    for (int e = 0; e < 4; e++) {
                        SharedMemory.storeFloat(to + (tx + (j + e) * across) * 4, Registers.get(sums, (j + e) * ROWS + first + i));
                    }
                } else {
                    for (int e = 0; e < 4; e++) {
                        Registers.set(values, e, Registers.get(sums, (j + e) * ROWS + first + i));
                    }
                    SharedMemory.store4(to + (4 * tx + j * across) * 4, values, 0);
                }
            }
        }
    }
}
