// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.random.Philox;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What a tile's epilogue needs besides its sums, in shared memory: the bias of its columns and dropout's decisions for its elements, a bit each. The
 * three warps that stand by while one thread copies slices lay it ready while products are summed; drawn by the threads that multiply, decisions would take
 * a fifth of a launch. Two mbarriers stand before it: it is ready, it is no longer needed.
 */
final class WgmmaAside {
    /** The first thread that lays ready. */
    static final int FIRST = WgmmaTile.PRODUCER + 32;
    private static final int THREADS = WgmmaTile.THREADS - FIRST;
    /** Warps that write, and that read. */
    private static final int WRITER_WARPS = 3, READER_WARPS = 8;
    private static final int BARRIER = 8;

    private WgmmaAside() {
    }

    /** Bytes of the decisions for a row of a tile. */
    private static int rowBytes(int width) {
        return width / 8;
    }

    /** Bytes of shared memory; {@code dropping} is 1 where there are decisions. */
    static int bytes(int rows, int width, int dropping) {
        return decisions(0, width) + dropping * 2 * rows * rowBytes(width);
    }

    /** Where the random state's snapshot stands, where the bias begins, and where decisions begin. */
    private static int snapshot(int aside) {
        return aside + 2 * BARRIER;
    }

    private static int bias(int aside) {
        return snapshot(aside) + 16;
    }

    private static int decisions(int aside, int width) {
        return bias(aside) + 2 * width;
    }

    /** Makes the barriers, and takes the snapshot; one thread calls it. */
    static void init(IntArray snapshot, int aside, int dropping) {
        Mbarriers.init(aside, WRITER_WARPS);
        Mbarriers.init(aside + BARRIER, READER_WARPS);
        if (dropping != 0) {
            for (int i = 0; i < 4; i++) {
                SharedMemory.store(snapshot(aside) + 4 * i, snapshot.get(i));
            }
        }
    }

    /** Lays ready what the block's tiles need, one tile after the other; c's rows of n elements follow each other. */
    static void write(HalfFloatArray bias, IntArray layout, int aside, int block, int thread, int rows, int width, int dropping) {
        int parity = 1;
        // Few registers: sizes are read again rather than kept.
        for (int item = block; item < layout.get(WgmmaProducts.ITEMS); item += Blocks.gridX()) {
            Mbarriers.await(aside + BARRIER, parity);
            int across = layout.get(WgmmaProducts.ACROSS);
            int n = layout.get(WgmmaProducts.N);
            int side = item % across * width;
            int word = thread - FIRST;
            copy(bias, aside, word, side, n, width);
            copy(bias, aside, word + THREADS, side, n, width);
            if (dropping != 0) {
                draw(snapshot(aside), decisions(aside, width), thread, item / across * 2 * rows * n + side, n, rows, width,
                        layout.get(WgmmaProducts.THRESHOLD));
            }
            Warps.barrier();
            if ((thread & 31) == 0) {
                Mbarriers.arrive(aside);
            }
            parity ^= 1;
        }
    }

    /** Copies a word of the bias. Columns beyond the edge are not stored: any number will do. */
    private static void copy(HalfFloatArray bias, int aside, int word, int side, int n, int width) {
        if (word < width / 2) {
            SharedMemory.store(bias(aside) + 4 * word, GlobalMemory.read2(bias, Math.min(side + 2 * word, n - 2)));
        }
    }

    private static void draw(int snapshot, int decisions, int thread, int first, int n, int rows, int width, int threshold) {
        int words = width / 32;
        for (int w = thread - FIRST; w < 2 * rows * words; w += THREADS) {
            int four = (first + w / words * n) / 4 + w % words * 8;
            int word = 0;
            // Two at a time hide each other's latency. More of them would need more registers than these warps have, as would the keys of all rounds, which
            // a snapshot that stays the same would leave in registers.
            int turns = Registers.opaque(4);
            for (int i = 0; i < turns; i++) {
                int seedLow = SharedMemory.load(snapshot);
                int seedHigh = SharedMemory.load(snapshot + 4);
                int low = SharedMemory.load(snapshot + 8);
                int high = SharedMemory.load(snapshot + 12);
                int kept = Philox.keepFour(seedLow, seedHigh, low, high, four + 2 * i, threshold)
                        | Philox.keepFour(seedLow, seedHigh, low, high, four + 2 * i + 1, threshold) << 4;
                word |= kept << 8 * i;
            }
            SharedMemory.store(decisions + 4 * w, word);
        }
    }

    /** Waits until that of the block's tile number {@code turn} is ready. */
    static void await(int aside, int turn) {
        Mbarriers.await(aside, turn & 1);
    }

    /** The warp needs a tile's no longer. */
    static void leave(int aside, int lane) {
        Warps.barrier();
        if (lane == 0) {
            Mbarriers.arrive(aside + BARRIER);
        }
    }

    /** Where the bias of a reading thread's first two columns stands. */
    static int biasPlace(int aside, int thread) {
        return bias(aside) + (thread & 3) * 4;
    }

    /** Where the decisions of a reading thread's first row begin. */
    static int decisionsPlace(int aside, int group, int thread, int rows, int width) {
        return decisions(aside, width) + (group * rows + (thread >> 5 & 3) * 16 + (thread >> 2 & 7)) * rowBytes(width);
    }

    /** Where those begin of the thread's row 64 rows below. */
    static int below(int decisions, int width) {
        return decisions + 64 * rowBytes(width);
    }

    /** Loads the decisions for 32 columns of a thread's row and of that 8 below, a word each, of which bits 8 j and 8 j + 1 are of its own columns. */
    static void load(int[] kept, int decisions, int thread, int width) {
        int pair = (thread & 3) * 2;
        Registers.set(kept, 0, SharedMemory.load(decisions) >>> pair);
        Registers.set(kept, 1, SharedMemory.load(decisions + 8 * rowBytes(width)) >>> pair);
    }
}
