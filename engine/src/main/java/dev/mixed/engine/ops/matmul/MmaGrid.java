// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of halves on tensor cores by mma.sync, from sm_80 on: a block computes a square tile of {@code edge} with {@link MmaTile#THREADS} threads,
 * in the order of {@link ProductTiles}, and copies of 16 bytes run {@link #STAGES} tiles ahead.
 *
 * <p>A warp multiplies one half of a tile's depth while it loads the other. Rows of both operands lie whole groups of 8 halves apart.
 */
final class MmaGrid {
    /** Tiles of each operand in shared memory. */
    private static final int STAGES = 3;

    private MmaGrid() {
    }

    /**
     * Halves with their epilogue.
     *
     * @param alongA not 0: a is stored [m, k], otherwise [k, m]; alongB: b is stored [n, k], otherwise [k, n]
     * @param edge   {@link MmaTile#LARGE} or {@link MmaTile#SMALL}
     */
    static void mmaToHalf(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray added, HalfFloatArray c,
            HalfFloatArray activated, IntArray layout, int alongA, int alongB, int edge) {
        int shared = SharedMemory.allocate(STAGES * 2 * MmaTile.bytes(edge));
        int block = context.groupIdx;
        int thread = context.localIdx;
        float[] sums = Registers.floats(edge * edge / MmaTile.THREADS);
        multiply(sums, shared, a, b, layout, block, thread, alongA, alongB, edge);
        MmaStore.halves(sums, shared, bias, added, c, activated, layout, block, thread, edge);
    }

    /** Floats, or parts of them over the depth; what an epilogue takes and gives besides is float too. */
    static void mmaToFloat(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray bias, FloatArray added, FloatArray c,
            FloatArray activated, IntArray layout, int alongA, int alongB, int edge) {
        int shared = SharedMemory.allocate(STAGES * 2 * MmaTile.bytes(edge));
        int block = context.groupIdx;
        int thread = context.localIdx;
        float[] sums = Registers.floats(edge * edge / MmaTile.THREADS);
        multiply(sums, shared, a, b, layout, block, thread, alongA, alongB, edge);
        MmaStore.floats(sums, shared, bias, added, c, activated, layout, block, thread, edge);
    }

    /** The sums of a block's part of the depth; no copy is on its way afterwards. */
    private static void multiply(float[] sums, int shared, HalfFloatArray a, HalfFloatArray b, IntArray layout, int block, int thread, int alongA,
            int alongB, int edge) {
        int part = ProductTiles.part(layout, block, edge, edge);
        int top = ProductTiles.top(layout, block, edge, edge);
        int side = ProductTiles.side(layout, block, edge, edge);
        int from = ProductTiles.from(layout, part);
        int depth = ProductTiles.end(layout, part) - from;
        int lda = GlobalMemory.read(layout, Layout.LDA);
        int ldb = GlobalMemory.read(layout, Layout.LDB);
        int aAt = ProductTiles.a(layout, part) + MmaTile.start(alongA, lda, edge, top, from, thread);
        int bAt = ProductTiles.b(layout, part) + MmaTile.start(alongB, ldb, edge, side, from, thread);
        int aStep = alongA != 0 ? MmaTile.DEPTH : MmaTile.DEPTH * lda;
        int bStep = alongB != 0 ? MmaTile.DEPTH : MmaTile.DEPTH * ldb;
        int aDeep = MmaTile.deep(alongA, edge, depth, thread);
        int bDeep = MmaTile.deep(alongB, edge, depth, thread);
        int aWide = MmaTile.wide(alongA, edge, GlobalMemory.read(layout, Layout.M) - top, thread);
        int bWide = MmaTile.wide(alongB, edge, GlobalMemory.read(layout, Layout.N) - side, thread);
        int tile = MmaTile.bytes(edge);
        int aTo = shared + MmaTile.place(alongA, edge, thread);
        int bTo = shared + tile + MmaTile.place(alongB, edge, thread);
        int lane = thread & 31;
        int aFrom = shared + MmaTile.left(alongA, edge, (thread >> 6) * (edge / 2), lane);
        int bFrom = shared + tile + MmaTile.right(alongB, edge, (thread >> 5 & 1) * (edge / 2), lane);
        int words = edge / 8;
        int[] left = Registers.words(2 * words);
        int[] right = Registers.words(2 * words);
        for (int s = 0; s < STAGES - 1; s++) {
            MmaTile.copy(aTo + s * 2 * tile, a, aAt + s * aStep, lda, aDeep - s * MmaTile.DEPTH, aWide, alongA, edge);
            MmaTile.copy(bTo + s * 2 * tile, b, bAt + s * bStep, ldb, bDeep - s * MmaTile.DEPTH, bWide, alongB, edge);
            AsyncCopies.commit();
        }
        aAt += (STAGES - 1) * aStep;
        bAt += (STAGES - 1) * bStep;
        aDeep -= (STAGES - 1) * MmaTile.DEPTH;
        bDeep -= (STAGES - 1) * MmaTile.DEPTH;
        int read = 0;
        int write = (STAGES - 1) * 2 * tile;
        AsyncCopies.await(STAGES - 2);
        Blocks.barrier();
        MmaTile.load(left, 0, aFrom, alongA, 0, edge);
        MmaTile.load(right, 0, bFrom, alongB, 0, edge);
        int steps = Registers.opaque((depth + MmaTile.DEPTH - 1) / MmaTile.DEPTH);
        for (int step = 0; step < steps; step++) {
            MmaTile.load(left, words, aFrom + read, alongA, 1, edge);
            MmaTile.load(right, words, bFrom + read, alongB, 1, edge);
            // Beyond the end of the depth these are zeros.
            MmaTile.copy(aTo + write, a, aAt, lda, aDeep, aWide, alongA, edge);
            MmaTile.copy(bTo + write, b, bAt, ldb, bDeep, bWide, alongB, edge);
            AsyncCopies.commit();
            aAt += aStep;
            bAt += bStep;
            aDeep -= MmaTile.DEPTH;
            bDeep -= MmaTile.DEPTH;
            MmaTile.multiply(sums, left, right, 0, edge);
            read = read == (STAGES - 1) * 2 * tile ? 0 : read + 2 * tile;
            write = write == (STAGES - 1) * 2 * tile ? 0 : write + 2 * tile;
            AsyncCopies.await(STAGES - 2);
            Blocks.barrier();
            MmaTile.load(left, 0, aFrom + read, alongA, 0, edge);
            MmaTile.load(right, 0, bFrom + read, alongB, 0, edge);
            MmaTile.multiply(sums, left, right, words, edge);
        }
        AsyncCopies.await(0);
    }
}
