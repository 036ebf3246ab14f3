// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Neighbouring threads of a block, its members, that do some operations together: a warp of 32, or a warpgroup of 128. */
class Team {
    /** What the members compute together. */
    @FunctionalInterface
    interface Collective<I, O> {
        /** From each member's input to each member's output, both in the order of the members. */
        List<O> compute(List<I> inputs);
    }

    private final Block block;
    private final String name;
    private final List<SimulatedThread> members = new ArrayList<>();
    private final Object[] inputs;
    private List<?> outputs = List.of();
    private int arrived;
    private int ended;

    Team(Block block, String name, int count) {
        this.block = block;
        this.name = name;
        this.inputs = new Object[count];
    }

    /** Adds the next member; returns its number. */
    int add(SimulatedThread thread) {
        members.add(thread);
        return members.size() - 1;
    }

    List<SimulatedThread> members() {
        return members;
    }

    Block block() {
        return block;
    }

    /** One of the members has ended. */
    void end() {
        ended++;
    }

    /** Fails where a member can't reach the operation any more. */
    final void requireNoneEnded(SimulatedThread thread, @Nullable WaitPoint point) {
        if (ended > 0) {
            SimulatedThread missing = members.stream().filter(SimulatedThread::ended).findFirst().orElseThrow();
            throw missing.fault("it has ended while thread " + thread.name() + " of its " + name + " waits at " + point
                    + ", which all threads of a " + name + " must reach", null);
        }
    }

    /** What {@link #collective} orders: the members' accesses before it before those after it. */
    void order() {
        block.order().meet(members);
    }

    /**
     * A member's part in a collective operation: it waits until all are there; the last one computes for all.
     *
     * @param operation what error messages call it
     * @param input     what this member brings
     * @return what this member gets
     */
    <I, O> O collective(SimulatedThread thread, String operation, I input, Collective<I, O> compute) {
        return collective(thread, operation, input, true, compute);
    }

    /** The same; {@code ordering}: the operation orders the members' accesses to memory. */
    @SuppressWarnings("unchecked") // all members are at the same operation, so the inputs are of its type, and the outputs, too
    <I, O> O collective(SimulatedThread thread, String operation, I input, boolean ordering, Collective<I, O> compute) {
        int place = (thread.number() - members.getFirst().number());
        thread.waitAt(operation);
        requireNoneEnded(thread, thread.waitPoint());
        inputs[place] = input;
        if (++arrived < members.size()) {
            block.scheduler().await(thread);
            return (O) outputs.get(place);
        }
        for (SimulatedThread member : members) {
            if (!member.waitsWhere(thread)) {
                throw member.fault("divergent " + name + ": it waits at " + member.waitPoint() + " while thread " + thread.name() + " of its " + name
                        + " waits at " + thread.waitPoint(), null);
            }
        }
        arrived = 0;
        if (ordering) {
            order();
        }
        outputs = compute.compute((List<I>) Arrays.asList(inputs));
        block.scheduler().release(members, thread);
        return (O) outputs.get(place);
    }
}
