// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

/** A grid of threads in two dimensions. */
public class WorkerGrid2D extends AbstractWorkerGrid {
    public static final int DIM = 2;

    /** A grid of {@code x * y} threads. */
    public WorkerGrid2D(int x, int y) {
        super(x, y, 1);
    }

    @Override
    public int dimension() {
        return DIM;
    }
}
