// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.tornado.context.Dim3;
import java.util.List;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;

/** One run of a kernel over a grid: its blocks in order, one at a time. */
final class Launch {
    /** What each thread of the grid runs. */
    @FunctionalInterface
    interface Body {
        void run(KernelContext context) throws Throwable;
    }

    private final String kernel;
    private final GridShape grid;
    private final @Nullable KernelGrid extras;
    private final boolean observed;
    private final Body body;
    private final Order order = new Order();
    private final RaceDetector races = new RaceDetector(order);
    private final List<BoxMap> maps;

    /**
     * @param arguments what the kernel is called with, its context among them
     * @param observed  whether the threads are told of all accesses to arrays
     */
    Launch(String kernel, WorkerGrid workers, Object[] arguments, boolean observed, Body body) {
        this.kernel = kernel;
        this.grid = GridShape.of(workers, kernel);
        this.extras = workers instanceof KernelGrid own ? own : null;
        this.observed = observed;
        this.body = body;
        this.maps = extras == null ? List.of() : BoxMap.of(kernel, extras.maps(), arguments);
    }

    /** Runs all blocks, x fastest. */
    void run() {
        Dim3 blocks = grid.blocks();
        for (int i = 0; i < blocks.count(); i++) {
            order.enterBlock(grid.block().count());
            new Block(this, blocks.index(i)).run();
        }
    }

    String kernel() {
        return kernel;
    }

    GridShape grid() {
        return grid;
    }

    /** Whether the threads are told of all accesses to arrays. */
    boolean observed() {
        return observed;
    }

    Body body() {
        return body;
    }

    Order order() {
        return order;
    }

    RaceDetector races() {
        return races;
    }

    /** Bytes of dynamic shared memory. */
    int sharedBytes() {
        return extras == null ? 0 : extras.sharedBytes();
    }

    /** How many blocks a multiprocessor holds at least. */
    int blocksPerProcessor() {
        return extras == null ? 1 : extras.blocksPerProcessor();
    }

    /** The tensor maps, by number. */
    List<BoxMap> maps() {
        return maps;
    }
}
