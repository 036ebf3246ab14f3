// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Copies into local memory that a thread has started and not yet waited for, in groups that arrive in their order. */
final class AsyncCopies {
    /** Two halves, packed in an int, on their way into a local array. */
    record Copy(int[] tile, int index, int value) {
    }

    private final ArrayDeque<List<Copy>> groups = new ArrayDeque<>();
    private List<Copy> open = new ArrayList<>();

    /** Adds a copy to the group that is not closed yet. */
    void start(Copy copy) {
        open.add(copy);
    }

    /** Closes the group. */
    void commit() {
        groups.add(open);
        open = new ArrayList<>();
    }

    /** Takes out the oldest closed groups until {@code remaining} are left; returns their copies in order. */
    List<Copy> arrive(int remaining) {
        List<Copy> arrived = new ArrayList<>();
        while (groups.size() > remaining) {
            arrived.addAll(groups.poll());
        }
        return arrived;
    }
}
