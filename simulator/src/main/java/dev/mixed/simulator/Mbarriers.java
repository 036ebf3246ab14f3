// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The mbarriers of a block, by address: phases that end with their last arrival and byte. */
final class Mbarriers {
    /** One mbarrier. */
    private static final class Barrier {
        final int address;
        final int arrivals;
        final SimulatedThread maker;
        final int made;
        final int agent;
        final List<SimulatedThread> waiting = new ArrayList<>();
        /** When its maker fenced it; 0 before. */
        int fenced;
        int phase;
        int pending;
        /** Bytes that are expected and have not come; below 0 where more came than were expected. */
        long bytes;
        /** What those that arrived in this phase know. */
        int[] arrived = Order.NOTHING;
        /** What those know that see the end of the last phase. */
        int[] released = Order.NOTHING;
        /** The last phase with bytes, counted from 1, and the last one that some thread waited for. */
        int filled;
        int awaited;

        Barrier(int address, int arrivals, SimulatedThread maker, int agent) {
            this.address = address;
            this.arrivals = arrivals;
            this.maker = maker;
            this.made = maker.clock().now();
            this.agent = agent;
            this.pending = arrivals;
        }

        String progress() {
            return (arrivals - pending) + " of " + arrivals + " arrivals have come"
                    + (bytes > 0 ? ", and " + bytes + " expected bytes have not" : bytes < 0 ? ", and " + -bytes + " bytes more than expected" : "");
        }
    }

    private static final int MAX_ARRIVALS = (1 << 20) - 1;

    private static final int MAX_BYTES = (1 << 20) - 1;

    private final Block block;
    private final Map<Integer, Barrier> barriers = new HashMap<>();
    private final Map<SimulatedThread, Barrier> waits = new HashMap<>();

    Mbarriers(Block block) {
        this.block = block;
    }

    void init(SimulatedThread thread, int address, int arrivals) {
        int word = block.shared().locate(thread, "mbarrier.init", address, 8, 8);
        if (arrivals < 1 || arrivals > MAX_ARRIVALS) {
            throw thread.fault("an mbarrier of " + arrivals + " arrivals" + SourceLines.here(), null);
        }
        block.shared().makeBarrier(thread, "mbarrier.init", word);
        int agent = block.order().addAgent("a tensor map's box fills: its phase of the mbarrier at " + address + " is not awaited");
        barriers.put(address, new Barrier(address, arrivals, thread, agent));
    }

    void fenceInit(SimulatedThread thread) {
        thread.clock().step();
        for (Barrier barrier : barriers.values()) {
            if (barrier.maker == thread && barrier.fenced == 0) {
                barrier.fenced = thread.clock().now();
            }
        }
    }

    /** The barrier, where the thread may use it. */
    private Barrier at(SimulatedThread thread, String operation, int address, boolean async) {
        Barrier barrier = barriers.get(address);
        if (barrier == null) {
            throw thread.fault(operation + " at address " + address + ", where no mbarrier has been initialised" + SourceLines.here(), null);
        }
        if (barrier.maker != thread && !thread.clock().sees(barrier.maker.number(), barrier.made)) {
            throw thread.fault(operation + " of the mbarrier at " + address + ", which thread " + barrier.maker.name()
                    + " initialises with no barrier of the block between" + SourceLines.here(), null);
        }
        if ((barrier.maker != thread || async)
                && (barrier.fenced == 0 || !thread.clock().sees(barrier.maker.number(), barrier.fenced))) {
            throw thread.fault(operation + " of the mbarrier at " + address + ", which thread " + barrier.maker.name()
                    + " initialised without Mbarriers.fenceInit before what orders the two" + SourceLines.here(), null);
        }
        return barrier;
    }

    void arrive(SimulatedThread thread, int address, int bytes) {
        String operation = bytes > 0 ? "mbarrier.arrive.expect_tx" : "mbarrier.arrive";
        Barrier barrier = at(thread, operation, address, false);
        if (bytes < 0 || bytes > MAX_BYTES) {
            throw thread.fault(operation + " of " + bytes + " bytes; " + MAX_BYTES + " are the most" + SourceLines.here(), null);
        }
        if (barrier.pending == 0) {
            throw thread.fault("one arrival too many at the mbarrier at " + address + ": in phase " + barrier.phase + ", " + barrier.progress()
                    + SourceLines.here(), null);
        }
        barrier.bytes += bytes;
        barrier.pending--;
        barrier.arrived = thread.clock().leave(barrier.arrived);
        completeIfDone(barrier);
    }

    /** A box is on its way; its bytes count as come, and are seen by those that wait for the phase. Gives the agent and the event of its writes. */
    Filling fill(SimulatedThread thread, int address) {
        Barrier barrier = at(thread, "a copy of a box", address, true);
        barrier.filled = barrier.phase + 1;
        return new Filling(barrier.agent, barrier.phase + 1);
    }

    /** The writes of a box. */
    record Filling(int agent, int event) {
    }

    void filled(int address, int bytes) {
        Barrier barrier = Objects.requireNonNull(barriers.get(address));
        barrier.bytes -= bytes;
        completeIfDone(barrier);
    }

    private void completeIfDone(Barrier barrier) {
        if (barrier.pending != 0 || barrier.bytes != 0) {
            return;
        }
        barrier.phase++;
        int[] left = new int[block.order().agents()];
        int[] known = Order.max(barrier.released, barrier.arrived);
        System.arraycopy(known, 0, left, 0, known.length);
        left[barrier.agent] = barrier.phase;
        barrier.released = left;
        barrier.arrived = Order.NOTHING;
        barrier.pending = barrier.arrivals;
        for (SimulatedThread thread : barrier.waiting) {
            thread.clock().learn(left);
            waits.remove(thread);
        }
        if (!barrier.waiting.isEmpty()) {
            barrier.awaited = barrier.phase;
            block.scheduler().release(List.copyOf(barrier.waiting), null);
            barrier.waiting.clear();
        }
    }

    void await(SimulatedThread thread, int address, int parity) {
        Barrier barrier = at(thread, "mbarrier.try_wait", address, false);
        if (parity != 0 && parity != 1) {
            throw thread.fault("a wait for parity " + parity + " of the mbarrier at " + address + "; it is 0 or 1" + SourceLines.here(), null);
        }
        if ((barrier.phase & 1) != parity) {
            thread.clock().learn(barrier.released);
            barrier.awaited = barrier.phase;
            return;
        }
        thread.waitAt("mbarrier.try_wait");
        barrier.waiting.add(thread);
        waits.put(thread, barrier);
        block.scheduler().await(thread);
    }

    /** What a thread waits for, in words; null for nothing here. */
    @Nullable
    String awaited(SimulatedThread thread) {
        Barrier barrier = waits.get(thread);
        return barrier == null ? null
                : "phase " + barrier.phase + " (parity " + (barrier.phase & 1) + ") of the mbarrier at " + barrier.address + ", where " + barrier.progress();
    }

    /** The block has ended: fails where bytes of a box may still be on their way. */
    void end() {
        for (Barrier barrier : barriers.values()) {
            if (barrier.filled > barrier.awaited) {
                throw barrier.maker.fault("the block ends while boxes may be on their way to its shared memory: no thread awaits phase "
                        + (barrier.filled - 1) + " of the mbarrier at " + barrier.address, null);
            }
        }
    }
}
