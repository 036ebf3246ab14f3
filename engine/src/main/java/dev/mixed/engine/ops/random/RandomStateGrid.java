// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Several draws of a random state at once. */
public final class RandomStateGrid {
    /** Snapshots that one launch may leave. */
    public static final int MOST = 17;

    private RandomStateGrid() {
    }

    /** The first count[0] snapshots are the state's next ones; one thread does everything. */
    public static void draw(KernelContext context, IntArray state, IntArray count, IntArray s0, IntArray s1, IntArray s2, IntArray s3, IntArray s4,
            IntArray s5, IntArray s6, IntArray s7, IntArray s8, IntArray s9, IntArray s10, IntArray s11, IntArray s12, IntArray s13, IntArray s14,
            IntArray s15, IntArray s16) {
        if (context.globalIdx == 0) {
            int n = count.get(0);
            next(state, s0, 0 < n);
            next(state, s1, 1 < n);
            next(state, s2, 2 < n);
            next(state, s3, 3 < n);
            next(state, s4, 4 < n);
            next(state, s5, 5 < n);
            next(state, s6, 6 < n);
            next(state, s7, 7 < n);
            next(state, s8, 8 < n);
            next(state, s9, 9 < n);
            next(state, s10, 10 < n);
            next(state, s11, 11 < n);
            next(state, s12, 12 < n);
            next(state, s13, 13 < n);
            next(state, s14, 14 < n);
            next(state, s15, 15 < n);
            next(state, s16, 16 < n);
        }
    }

    /** One draw, as the reference kernel makes it, if it is wanted. */
    private static void next(IntArray state, IntArray snapshot, boolean wanted) {
        if (wanted) {
            int low = state.get(2);
            int high = state.get(3);
            snapshot.set(0, state.get(0));
            snapshot.set(1, state.get(1));
            snapshot.set(2, low);
            snapshot.set(3, high);
            int nextLow = low + 1;
            state.set(2, nextLow);
            state.set(3, nextLow == 0 ? high + 1 : high);
        }
    }
}
