// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.tornado.context.Dim3;
import uk.ac.manchester.tornado.api.KernelContext;

/** One run of a kernel over a grid: its blocks in order, one at a time. */
final class Launch {
    /** What each thread of the grid runs. */
    @FunctionalInterface
    interface Body {
        void run(KernelContext context) throws Throwable;
    }

    private final String kernel;
    private final GridShape grid;
    private final Body body;
    private final RaceDetector races = new RaceDetector();

    Launch(String kernel, GridShape grid, Body body) {
        this.kernel = kernel;
        this.grid = grid;
        this.body = body;
    }

    /** Runs all blocks, x fastest. */
    void run() {
        Dim3 blocks = grid.blocks();
        for (int i = 0; i < blocks.count(); i++) {
            new Block(this, blocks.index(i)).run();
        }
    }

    String kernel() {
        return kernel;
    }

    GridShape grid() {
        return grid;
    }

    Body body() {
        return body;
    }

    RaceDetector races() {
        return races;
    }
}
