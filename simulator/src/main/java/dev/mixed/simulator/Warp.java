package dev.mixed.simulator;

/** 32 neighbouring threads of a block, which shuffle and multiply together. */
final class Warp {
    static final int SIZE = 32;

    final SimulatedThread[] lanes;
    private final Block block;
    private final int first;
    private final boolean rowsOfWarps;
    private int arrived;

    /** Lanes {@code first} to {@code first + count - 1} of a block; {@code rowsOfWarps}: the block's x size is a multiple of 32. */
    Warp(Block block, int first, int count, boolean rowsOfWarps) {
        this.block = block;
        this.first = first;
        this.rowsOfWarps = rowsOfWarps;
        this.lanes = new SimulatedThread[count];
    }

    void add(SimulatedThread thread) {
        lanes[thread.position - first] = thread;
    }

    int lane(SimulatedThread thread) {
        return thread.position - first;
    }

    /** Waits until all lanes are at this operation; the last one computes it for all. */
    void together(SimulatedThread thread, String operation, Runnable compute) {
        thread.waitAt(operation);
        for (SimulatedThread lane : lanes) {
            if (lane.ended()) {
                throw lane.fault("it has ended while thread " + thread.name() + " of its warp waits at " + thread.waitingAt()
                        + ", which all threads of a warp must reach", null);
            }
        }
        if (++arrived < lanes.length) {
            block.await(thread);
            return;
        }
        for (SimulatedThread lane : lanes) {
            if (!lane.waitsWhere(thread)) {
                throw lane.fault("divergent warp: it waits at " + lane.waitingAt() + " while thread " + thread.name() + " of its warp waits at "
                        + thread.waitingAt(), null);
            }
        }
        arrived = 0;
        compute.run();
        for (SimulatedThread lane : lanes) {
            if (lane != thread) {
                block.release(lane);
            }
        }
        thread.goOn();
    }

    /** Tensor-core operations count lanes along x and need all 32. */
    void requireFull(SimulatedThread thread, String operation) {
        if (lanes.length != SIZE || !rowsOfWarps) {
            throw thread.fault(operation + " in a block whose x size is no multiple of 32", null);
        }
    }
}
