// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** 32 neighbouring threads of a block, its lanes, which exchange values and multiply matrices together. */
final class Warp {
    static final int SIZE = 32;

    /** What the lanes of a warp compute together. */
    @FunctionalInterface
    interface Collective<I, O> {
        /** From each lane's input to each lane's output, both in the order of the lanes. */
        List<O> compute(List<I> inputs);
    }

    private final Block block;
    private final boolean rowsOfWarps;
    private final List<SimulatedThread> lanes = new ArrayList<>();
    private final Object[] inputs;
    private List<?> outputs = List.of();
    private int arrived;

    /**
     * @param count       32, or fewer for the last warp of a block
     * @param rowsOfWarps whether the block's x size is a multiple of 32
     */
    Warp(Block block, int count, boolean rowsOfWarps) {
        this.block = block;
        this.rowsOfWarps = rowsOfWarps;
        this.inputs = new Object[count];
    }

    /** Adds the next lane; returns its number. */
    int add(SimulatedThread thread) {
        lanes.add(thread);
        return lanes.size() - 1;
    }

    /**
     * A lane's part in a collective operation: it waits until all lanes are there; the last one computes for all.
     *
     * @param operation what error messages call it
     * @param input     what this lane brings
     * @return what this lane gets
     */
    @SuppressWarnings("unchecked") // all lanes are at the same operation, so the inputs are of its type, and the outputs, too
    <I, O> O collective(SimulatedThread thread, String operation, I input, Collective<I, O> compute) {
        thread.waitAt(operation);
        for (SimulatedThread lane : lanes) {
            if (lane.ended()) {
                throw lane.fault("it has ended while thread " + thread.name() + " of its warp waits at " + thread.waitPoint()
                        + ", which all threads of a warp must reach", null);
            }
        }
        inputs[thread.lane()] = input;
        if (++arrived < lanes.size()) {
            block.scheduler().await(thread);
            return (O) outputs.get(thread.lane());
        }
        for (SimulatedThread lane : lanes) {
            if (!lane.waitsWhere(thread)) {
                throw lane.fault("divergent warp: it waits at " + lane.waitPoint() + " while thread " + thread.name() + " of its warp waits at "
                        + thread.waitPoint(), null);
            }
        }
        arrived = 0;
        outputs = compute.compute((List<I>) Arrays.asList(inputs));
        block.scheduler().release(lanes, thread);
        return (O) outputs.get(thread.lane());
    }

    /** Tensor-core operations count lanes along x and need all 32. */
    void requireFull(SimulatedThread thread, String operation) {
        if (lanes.size() != SIZE || !rowsOfWarps) {
            throw thread.fault(operation + " in a block whose x size is not a multiple of 32", null);
        }
    }
}
