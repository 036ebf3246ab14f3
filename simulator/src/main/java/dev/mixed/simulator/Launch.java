package dev.mixed.simulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;

/** One run of a kernel over a grid: its blocks in order, one at a time. */
final class Launch {
    /** What each thread of the grid runs. */
    @FunctionalInterface
    interface Body {
        void run(KernelContext context) throws Throwable;
    }

    private static final int MAX_BLOCK = 1024;
    private static final int DEFAULT_BLOCK = 256;

    final String kernel;
    final RaceDetector races = new RaceDetector();
    private final Body body;

    Launch(String kernel, Body body) {
        this.kernel = kernel;
        this.body = body;
    }

    /** Runs all blocks, x fastest. */
    void run(WorkerGrid grid) {
        int[] global = ints(grid.getGlobalWork());
        int[] local = grid.getLocalWork() == null ? defaultBlock(global) : ints(grid.getLocalWork());
        int[] offset = ints(grid.getGlobalOffset());
        int threads = 1;
        for (int d = 0; d < 3; d++) {
            if (local[d] < 1 || global[d] < 1 || global[d] % local[d] != 0) {
                throw new IllegalArgumentException("kernel " + kernel + ": " + global[d] + " threads along " + "xyz".charAt(d)
                        + " can not be cut into blocks of " + local[d] + "; make the first a multiple of the second");
            }
            threads *= local[d];
        }
        if (threads > MAX_BLOCK) {
            throw new IllegalArgumentException("kernel " + kernel + ": a block of " + threads + " threads; " + MAX_BLOCK + " is the largest");
        }
        for (int z = 0; z < global[2] / local[2]; z++) {
            for (int y = 0; y < global[1] / local[1]; y++) {
                for (int x = 0; x < global[0] / local[0]; x++) {
                    new Block(this, new int[] {x, y, z}, local, global, offset).run();
                }
            }
        }
    }

    void invoke(SimulatedThread thread) throws Throwable {
        body.run(thread.context);
    }

    private static int[] ints(long[] values) {
        return new int[] {Math.toIntExact(values[0]), Math.toIntExact(values[1]), Math.toIntExact(values[2])};
    }

    /** The largest power of two along x that divides the grid. */
    private static int[] defaultBlock(int[] global) {
        return new int[] {Math.min(Integer.lowestOneBit(global[0]), DEFAULT_BLOCK), 1, 1};
    }
}
