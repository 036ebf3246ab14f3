// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The first step of {@link SumRowsGrid} for halves, 16 bytes to a lane's load: a block takes {@link #SPAN} columns, each of its warps every 8th row. */
final class SumRowsWide {
    static final int WARP = 32;
    static final int WARPS = 8;
    /** Halves that a lane loads at once; rows have a multiple of it. */
    static final int UNIT = 8;
    /** Columns to a block, as many as it has threads. */
    static final int SPAN = WARP * UNIT;
    /** Rows to a chunk. */
    static final int CHUNK = 64;
    /** Rows that a warp loads before it adds them. */
    private static final int AHEAD = 4;

    private SumRowsWide() {
    }

    /** Sums over a chunk of rows; size and partials as in {@link SumRowsGrid}. */
    static void sumRows(KernelContext context, HalfFloatArray dy, FloatArray partials, IntArray size) {
        int n = size.get(SumRowsGrid.N);
        int shared = SharedMemory.allocate(4 * WARPS * SPAN);
        int warp = context.localIdx / WARP;
        int own = context.localIdx % WARP * UNIT;
        int column = context.groupIdx * SPAN + own;
        int chunk = context.groupIdy;
        int end = SumRowsGrid.lastRow(chunk, size);
        float[] sums = Registers.floats(UNIT);
        if (column < n) {
            for (int row = chunk * size.get(SumRowsGrid.CHUNK_ROWS) + warp; row < end; row += AHEAD * WARPS) {
                int[] words = Registers.words(4 * AHEAD);
                GlobalMemory.load8(words, 0, dy, row * n + column);
                if (row + WARPS < end) {
                    GlobalMemory.load8(words, 4, dy, (row + WARPS) * n + column);
                }
                if (row + 2 * WARPS < end) {
                    GlobalMemory.load8(words, 8, dy, (row + 2 * WARPS) * n + column);
                }
                if (row + 3 * WARPS < end) {
                    GlobalMemory.load8(words, 12, dy, (row + 3 * WARPS) * n + column);
                }
                add(sums, words, 0);
                add(sums, words, 4);
                add(sums, words, 8);
                add(sums, words, 12);
            }
        }
        int place = shared + (warp * SPAN + own) * 4;
        SharedMemory.store4(place, sums, 0);
        SharedMemory.store4(place + 16, sums, 4);
        Blocks.barrier();
        int mine = context.groupIdx * SPAN + context.localIdx;
        if (mine < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += SharedMemory.loadFloat(shared + (w * SPAN + context.localIdx) * 4);
            }
            GlobalMemory.store(partials, chunk * n + mine, sum);
        }
    }

    private static void add(float[] sums, int[] words, int first) {
        for (int i = 0; i < 4; i++) {
            int word = Registers.get(words, first + i);
            Registers.set(sums, 2 * i, Registers.get(sums, 2 * i) + Halves.low(word));
            Registers.set(sums, 2 * i + 1, Registers.get(sums, 2 * i + 1) + Halves.high(word));
        }
    }
}
