// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Operations of a warp whose results its lanes do not need at once, such as products in fragments: a lane goes on and queues the next ones, and waits only
 * where it accesses an array or meets others. Each operation is done when the last lane has come to it, in order, so all is as if lanes had waited: it only
 * saves most of the changes from one thread to the next, which cost more than the operations.
 */
final class LaneQueue {
    /** How far a lane may be ahead. */
    private static final int MOST = 4096;

    /** An operation, and the lanes that have come to it. */
    private static final class Operation {
        final String name;
        final int line;
        final SimulatedThread first;
        final boolean ordering;
        final Team.Collective<Object, ?> compute;
        final Object[] inputs = new Object[Warp.SIZE];
        int come;

        Operation(String name, SimulatedThread first, boolean ordering, Team.Collective<Object, ?> compute) {
            this.name = name;
            this.line = first.line();
            this.first = first;
            this.ordering = ordering;
            this.compute = compute;
        }

        WaitPoint point() {
            return new WaitPoint(name, line);
        }
    }

    private final Warp warp;
    private final List<Operation> pending = new ArrayList<>();
    /** The place of the next one to be done among the pending ones, and the number of those done. */
    private int head;
    private int done;
    /** By lane: how many it has come to, and whether it waits for the last of them. */
    private final int[] issued = new int[Warp.SIZE];
    private final boolean[] waiting = new boolean[Warp.SIZE];

    LaneQueue(Warp warp) {
        this.warp = warp;
    }

    @SuppressWarnings("unchecked") // all lanes are at the same operation, so the inputs are of its type
    <I, O> void add(SimulatedThread thread, String name, I input, boolean ordering, Team.Collective<I, O> compute) {
        warp.requireNoneEnded(thread, new WaitPoint(name, thread.line()));
        int lane = thread.lane();
        int place = head + issued[lane]++ - done;
        if (place == pending.size()) {
            pending.add(new Operation(name, thread, ordering, (Team.Collective<Object, ?>) compute));
        }
        Operation operation = pending.get(place);
        if (operation.line != thread.line() || !operation.name.equals(name)) {
            throw operation.first.fault("divergent warp: it waits at " + operation.point() + " while thread " + thread.name() + " of its warp waits at "
                    + new WaitPoint(name, thread.line()), null);
        }
        operation.inputs[lane] = input;
        if (++operation.come == Warp.SIZE) {
            complete(operation);
        } else if (issued[lane] - done > MOST) {
            settle(thread);
        }
    }

    private void complete(Operation operation) {
        if (operation.ordering) {
            warp.order();
        }
        operation.compute.compute(Arrays.asList(operation.inputs));
        head++;
        done++;
        if (head == pending.size()) {
            pending.clear();
            head = 0;
        }
        List<SimulatedThread> ready = new ArrayList<>();
        for (int lane = 0; lane < Warp.SIZE; lane++) {
            if (waiting[lane] && issued[lane] == done) {
                waiting[lane] = false;
                ready.add(warp.members().get(lane));
            }
        }
        warp.block().scheduler().release(ready, null);
    }

    /** Returns when all that the lane has queued is done. */
    void settle(SimulatedThread thread) {
        int lane = thread.lane();
        if (issued[lane] != done) {
            thread.waitAt(pending.get(head).point());
            waiting[lane] = true;
            warp.block().scheduler().await(thread);
        }
    }
}
