// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

/** 32 neighbouring threads of a block, its lanes, which exchange values and multiply matrices together. */
final class Warp extends Team {
    static final int SIZE = 32;

    private final boolean rowsOfWarps;
    private final LaneQueue queue = new LaneQueue(this);
    /** The agent that reads shared memory for the warp's wgmma; -1 before the first. */
    private int products = -1;

    /**
     * @param count       32, or fewer for the last warp of a block
     * @param rowsOfWarps whether the block's x size is a multiple of 32
     */
    Warp(Block block, int count, boolean rowsOfWarps) {
        super(block, "warp", count);
        this.rowsOfWarps = rowsOfWarps;
    }

    /** A lane's part in an operation whose results may come later; see {@link LaneQueue}. */
    <I, O> void later(SimulatedThread thread, String operation, I input, boolean ordering, Collective<I, O> compute) {
        queue.add(thread, operation, input, ordering, compute);
        if (!block().launch().observed()) {
            settle(thread);
        }
    }

    /** Waits until the lane has what its operations so far give. */
    void settle(SimulatedThread thread) {
        queue.settle(thread);
    }

    /** The agent that reads shared memory for the warp's wgmma. */
    int products() {
        if (products < 0) {
            products = block().order().addAgent("a wgmma of thread " + members().getFirst().name() + "'s warp still reads: its Wgmma.await is missing");
        }
        return products;
    }

    /** Tensor-core operations count lanes along x and need all 32. */
    void requireFull(SimulatedThread thread, String operation) {
        if (members().size() != SIZE || !rowsOfWarps) {
            throw thread.fault(operation + " in a block whose x size is not a multiple of 32", null);
        }
    }
}
