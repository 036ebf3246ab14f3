// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What {@link MmaGrid} computes, for GPUs without asynchronous copies (sm_75) and for operands whose rows don't begin at multiples of 16 bytes: the next
 * tile waits in registers while a warp multiplies, 8 deep at a time, and there are two tiles in shared memory.
 */
final class MmaPlainGrid {
    private static final int STAGES = 2;

    private MmaPlainGrid() {
    }

    /** Shared memory of a block: the tiles, or the result on its way out. */
    private static int sharedBytes(int edge) {
        return Math.max(STAGES * 2 * MmaTile.bytes(edge), MmaTile.stagedBytes(edge));
    }

    /**
     * Halves with their epilogue.
     *
     * @param alongA not 0: a is stored [m, k], otherwise [k, m]; alongB: b is stored [n, k], otherwise [k, n]
     * @param wholeA not 0: rows of a begin at multiples of 16 bytes; wholeB: rows of b do
     * @param edge   {@link MmaTile#LARGE} or {@link MmaTile#SMALL}
     */
    static void mmaPlainToHalf(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray added, HalfFloatArray c,
            HalfFloatArray activated, IntArray layout, int alongA, int alongB, int wholeA, int wholeB, int edge) {
        int shared = SharedMemory.allocate(sharedBytes(edge));
        int block = context.groupIdx;
        int thread = context.localIdx;
        float[] sums = Registers.floats(edge * edge / MmaTile.THREADS);
        multiply(sums, shared, a, b, layout, block, thread, alongA, alongB, wholeA, wholeB, edge);
        MmaStore.halves(sums, shared, bias, added, c, activated, layout, block, thread, edge);
    }

    /** Floats, or parts of them over the depth; what an epilogue takes and gives besides is float too. */
    static void mmaPlainToFloat(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray bias, FloatArray added, FloatArray c,
            FloatArray activated, IntArray layout, int alongA, int alongB, int wholeA, int wholeB, int edge) {
        int shared = SharedMemory.allocate(sharedBytes(edge));
        int block = context.groupIdx;
        int thread = context.localIdx;
        float[] sums = Registers.floats(edge * edge / MmaTile.THREADS);
        multiply(sums, shared, a, b, layout, block, thread, alongA, alongB, wholeA, wholeB, edge);
        MmaStore.floats(sums, shared, bias, added, c, activated, layout, block, thread, edge);
    }

    private static void multiply(float[] sums, int shared, HalfFloatArray a, HalfFloatArray b, IntArray layout, int block, int thread, int alongA,
            int alongB, int wholeA, int wholeB, int edge) {
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
        int[] left = Registers.words(words);
        int[] right = Registers.words(words);
        int[] next = Registers.words(2 * words);
        fetch(next, 0, a, aAt, lda, aDeep, aWide, alongA, wholeA, edge);
        fetch(next, words, b, bAt, ldb, bDeep, bWide, alongB, wholeB, edge);
        put(aTo, next, 0, edge);
        put(bTo, next, words, edge);
        Blocks.barrier();
        int read = 0;
        int steps = Registers.opaque((depth + MmaTile.DEPTH - 1) / MmaTile.DEPTH);
        for (int step = 0; step < steps; step++) {
            aAt += aStep;
            bAt += bStep;
            aDeep -= MmaTile.DEPTH;
            bDeep -= MmaTile.DEPTH;
            // Beyond the end of the depth these are zeros.
            fetch(next, 0, a, aAt, lda, aDeep, aWide, alongA, wholeA, edge);
            fetch(next, words, b, bAt, ldb, bDeep, bWide, alongB, wholeB, edge);
            MmaTile.load(left, 0, aFrom + read, alongA, 0, edge);
            MmaTile.load(right, 0, bFrom + read, alongB, 0, edge);
            MmaTile.multiplyTwice(sums, left, right, 0, edge);
            MmaTile.load(left, 0, aFrom + read, alongA, 1, edge);
            MmaTile.load(right, 0, bFrom + read, alongB, 1, edge);
            MmaTile.multiplyTwice(sums, left, right, 0, edge);
            read = 2 * tile - read;
            put(aTo + read, next, 0, edge);
            put(bTo + read, next, words, edge);
            Blocks.barrier();
        }
    }

    /** A thread's part of a tile; what lies outside of the operand is 0. */
    private static void fetch(int[] words, int at, HalfFloatArray from, int index, int ld, int deep, int wide, int along, int whole, int edge) {
        int halves = Math.max(0, Math.min(8, along != 0 ? deep : wide));
        int rows = along != 0 ? wide : deep;
        for (int i = 0; i < edge / 32; i++) {
            chunk(words, at + 4 * i, from, index + i * MmaTile.unit(along, edge) * ld, i * MmaTile.unit(along, edge) < rows ? halves : 0, whole);
        }
    }

    /** The first {@code halves} of 8, and zeros. */
    private static void chunk(int[] words, int at, HalfFloatArray from, int index, int halves, int whole) {
        if (whole != 0 && halves == 8) {
            GlobalMemory.load8(words, at, from, index);
        } else {
            for (int w = 0; w < 4; w++) {
                float low = 0f;
                float high = 0f;
                if (2 * w < halves) {
                    low = GlobalMemory.read(from, index + 2 * w);
                }
                if (2 * w + 1 < halves) {
                    high = GlobalMemory.read(from, index + 2 * w + 1);
                }
                Registers.set(words, at + w, Halves.pack(low, high));
            }
        }
    }

    private static void put(int to, int[] words, int at, int edge) {
        for (int i = 0; i < edge / 32; i++) {
            SharedMemory.store4(to + 2048 * i, words, at + 4 * i);
        }
    }
}
