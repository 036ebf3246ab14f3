// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.random.Philox;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Dropout's decisions for the elements of a tile, a bit each, in shared memory. The three warps that stand by while one thread copies slices draw them;
 * the warpgroups that multiply find them when they are done. Two mbarriers stand before them: they are drawn, they are no longer needed.
 */
final class WgmmaDraws {
    /** The first thread that draws. */
    static final int FIRST = WgmmaTile.PRODUCER + 32;
    private static final int DRAWERS = WgmmaTile.THREADS - FIRST;
    /** Warps that draw, and that read. */
    private static final int DRAWER_WARPS = 3, READER_WARPS = 8;
    private static final int BARRIER = 8;

    private WgmmaDraws() {
    }

    /** Bytes of the decisions for a row of a tile. */
    static int rowBytes(int width) {
        return width / 8;
    }

    /** Bytes of shared memory. */
    static int bytes(int rows, int width) {
        return 2 * BARRIER + 2 * rows * rowBytes(width);
    }

    /** Makes the barriers; one thread calls it. */
    static void init(int draws) {
        Mbarriers.init(draws, DRAWER_WARPS);
        Mbarriers.init(draws + BARRIER, READER_WARPS);
    }

    /** Draws the decisions of the block's tiles, one tile after the other; c's rows of n elements follow each other. */
    static void draw(IntArray snapshot, IntArray layout, int draws, int block, int thread, int rows, int width) {
        int across = layout.get(WgmmaProducts.ACROSS);
        int items = layout.get(WgmmaProducts.ITEMS);
        int n = layout.get(WgmmaProducts.N);
        int threshold = layout.get(WgmmaProducts.THRESHOLD);
        int seedLow = snapshot.get(0);
        int seedHigh = snapshot.get(1);
        int low = snapshot.get(2);
        int high = snapshot.get(3);
        int blocks = Blocks.gridX();
        int words = width / 32;
        int parity = 1;
        for (int item = block; item < items; item += blocks) {
            int first = item / across * 2 * rows * n + item % across * width;
            Mbarriers.await(draws + BARRIER, parity);
            for (int w = thread - FIRST; w < 2 * rows * words; w += DRAWERS) {
                int four = (first + w / words * n) / 4 + w % words * 8;
                int word = 0;
                // Two at a time hide each other's latency, and more of them would need more registers than these warps have.
                int turns = Registers.opaque(4);
                for (int i = 0; i < turns; i++) {
                    int kept = Philox.keepFour(seedLow, seedHigh, low, high, four + 2 * i, threshold)
                            | Philox.keepFour(seedLow, seedHigh, low, high, four + 2 * i + 1, threshold) << 4;
                    word |= kept << 8 * i;
                }
                SharedMemory.store(draws + 2 * BARRIER + 4 * w, word);
            }
            Warps.barrier();
            if ((thread & 31) == 0) {
                Mbarriers.arrive(draws);
            }
            parity ^= 1;
        }
    }

    /** Waits for the decisions of the block's tile number {@code turn}. */
    static void await(int draws, int turn) {
        Mbarriers.await(draws, turn & 1);
    }

    /** Where those of a reading thread's first row begin. */
    static int place(int draws, int group, int thread, int rows, int width) {
        return draws + 2 * BARRIER + (group * rows + (thread >> 5 & 3) * 16 + (thread >> 2 & 7)) * rowBytes(width);
    }

    /** Loads those of a thread's row and of that 8 below, 64 columns each as two words, of which bits 8 j and 8 j + 1 are the thread's own. */
    static void load(int[] kept, int bits, int pair, int width) {
        Registers.set(kept, 0, SharedMemory.load(bits) >>> pair);
        Registers.set(kept, 1, SharedMemory.load(bits + 4) >>> pair);
        Registers.set(kept, 2, SharedMemory.load(bits + 8 * rowBytes(width)) >>> pair);
        Registers.set(kept, 3, SharedMemory.load(bits + 8 * rowBytes(width) + 4) >>> pair);
    }

    /** The warp needs a tile's decisions no longer. */
    static void leave(int draws, int lane) {
        Warps.barrier();
        if (lane == 0) {
            Mbarriers.arrive(draws + BARRIER);
        }
    }
}
