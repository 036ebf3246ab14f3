// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;

/**
 * Sums over the rows of a warpgroup's 64 x 64 results, column by column, in float and always in the same order: over the two rows that a thread holds
 * of each of its columns, over the warp's lanes by shuffles, and over the four warps through shared memory.
 */
final class WgmmaColumns {
    /** Rows to a sum. */
    static final int ROWS = 64;
    /** Bytes of the sums of a warp's 64 columns, and of those of a warpgroup's four warps. */
    private static final int WARP_BYTES = 64 * 4, GROUP_BYTES = 4 * WARP_BYTES;
    /** Bytes of shared memory of two warpgroups, each with places by turns: while some threads still read one, others fill the next. */
    static final int BYTES = 2 * 2 * GROUP_BYTES;

    private WgmmaColumns() {
    }

    /** Where a warpgroup's place number {@code turn}, 0 or 1, begins. */
    static int place(int columns, int group, int turn) {
        return columns + (group * 2 + turn) * GROUP_BYTES;
    }

    /**
     * Leaves a warp's sums in its warpgroup's place.
     *
     * @param values of columns 8 j + 2 (lane % 4) and the next one, for j below 8: what their two rows add up to. They are overwritten.
     */
    static void leave(float[] values, int place, int thread) {
        int lane = thread & 31;
        // Half of the lanes go on with the first half of the columns, the others with the second.
        halve(values, 8, 16, lane);
        halve(values, 4, 8, lane);
        halve(values, 2, 4, lane);
        // Lane 4 j + c has come down to columns 8 j + 2 c and the next one.
        SharedMemory.store2(place + (thread >> 5 & 3) * WARP_BYTES + lane * 8, Registers.get(values, 0), Registers.get(values, 1));
    }

    private static void halve(float[] values, int half, int mask, int lane) {
        int second = lane & mask;
        for (int i = 0; i < half; i++) {
            float low = Registers.get(values, i);
            float high = Registers.get(values, half + i);
            float other = Warps.shuffleXor(second != 0 ? low : high, mask);
            Registers.set(values, i, (second != 0 ? high : low) + other);
        }
    }

    /** Once all of the warpgroup's threads have met since {@link #leave}: stores the sums of columns {@code left} and on, below n, as floats from {@code at} on. */
    static void store(long sums, int at, int place, int thread, int left, int n) {
        int column = thread & 127;
        if (column < 64) {
            if (left + column < n) {
                float total = 0f;
                for (int warp = 0; warp < 4; warp++) {
                    total += SharedMemory.loadFloat(place + warp * WARP_BYTES + column * 4);
                }
                Addresses.store(sums, at + left + column, total);
            }
        }
    }
}
