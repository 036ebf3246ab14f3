// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.TensorMaps;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Boxes of 64 x 64 halves in shared memory, through which a warpgroup stores its results: tensor maps write them in whole lines and cut them at the edges. */
final class WgmmaBoxes {
    private WgmmaBoxes() {
    }

    /** Where in a box a thread's row of its warp's matrices begins: those of columns 0 to 15. {@code ^ q * 32} gives the others. */
    static int place(int thread) {
        int lane = thread & 31;
        return ((thread >> 5 & 3) * 16 + (lane & 15)) * 128 + ((lane >> 4) ^ (lane & 7)) * 16;
    }

    /** Stores 64 x 64 halves through a box, once all but the last {@code unread} stores have read what theirs held. */
    static void put(int[] words, HalfFloatArray to, long map, int box, int unread, int group, int thread, int place, int left, int top) {
        free(unread, group, thread);
        store(words, to, map, box, group, thread, place, left, top);
    }

    /** Waits until all but the last {@code unread} stores have read their boxes. */
    static void free(int unread, int group, int thread) {
        if ((thread & 127) == 0) {
            if (unread == 0) {
                TensorMaps.awaitRead(0);
            } else {
                TensorMaps.awaitRead(1);
            }
        }
        Blocks.barrier(1 + group, 128);
    }

    /** Stores 64 x 64 halves through a box that is free. */
    static void store(int[] words, HalfFloatArray to, long map, int box, int group, int thread, int place, int left, int top) {
        fill(words, box, group, place);
        if ((thread & 127) == 0) {
            TensorMaps.store(to, map, box, left, top);
            TensorMaps.commit();
        }
    }

    /** Leaves 64 x 64 halves in a box that is free, for a store by one thread. */
    static void fill(int[] words, int box, int group, int place) {
        for (int q = 0; q < 4; q++) {
            Matrices.store(box + (place ^ q * 32), Registers.get(words, 4 * q), Registers.get(words, 4 * q + 1), Registers.get(words, 4 * q + 2),
                    Registers.get(words, 4 * q + 3));
        }
        TensorMaps.fence();
        Blocks.barrier(1 + group, 128);
    }
}
