// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** How many of each text's keys flash attention goes through: padding at a text's end has probabilities of exactly 0. */
final class FlashKeys {
    static final int THREADS = 32;

    private FlashKeys() {
    }

    /**
     * The number of keys up to the last that is not masked by {@link Flash#HUGE}; all, where every one is, since a query then attends to all alike. A warp
     * has a text.
     */
    static void count(KernelContext context, FloatArray mask, IntArray starts, IntArray keys) {
        int lane = context.localIdx;
        int text = context.groupIdx;
        int start = GlobalMemory.read(starts, text);
        int length = GlobalMemory.read(starts, text + 1) - start;
        int last = 0;
        for (int key = lane; key < length; key += THREADS) {
            last = GlobalMemory.read(mask, start + key) <= Flash.HUGE ? last : key + 1;
        }
        last = Math.max(last, Warps.shuffleXor(last, 16));
        last = Math.max(last, Warps.shuffleXor(last, 8));
        last = Math.max(last, Warps.shuffleXor(last, 4));
        last = Math.max(last, Warps.shuffleXor(last, 2));
        last = Math.max(last, Warps.shuffleXor(last, 1));
        if (lane == 0) {
            keys.set(text, last == 0 ? length : last);
        }
    }
}
