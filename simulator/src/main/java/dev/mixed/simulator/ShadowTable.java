// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The notes on each of a few arrays. A kernel changes from one array to another all the time, and comparing with some is faster than a hash of identity. */
final class ShadowTable {
    private Object[] arrays = new Object[8];
    private int[][] shadows = new int[8][];
    private int count;

    /** The notes on an array; null where it was not added. */
    @SuppressWarnings("ReferenceEquality") // an array is one place in memory, whatever it holds
    int @Nullable [] of(Object array) {
        for (int i = 0; i < count; i++) {
            if (arrays[i] == array) {
                return shadows[i];
            }
        }
        return null;
    }

    /** Adds an array that is not there yet. */
    void add(Object array, int[] shadow) {
        if (count == arrays.length) {
            arrays = Arrays.copyOf(arrays, 2 * count);
            shadows = Arrays.copyOf(shadows, 2 * count);
        }
        arrays[count] = array;
        shadows[count++] = shadow;
    }

    void clear() {
        Arrays.fill(arrays, 0, count, null);
        Arrays.fill(shadows, 0, count, null);
        count = 0;
    }
}
