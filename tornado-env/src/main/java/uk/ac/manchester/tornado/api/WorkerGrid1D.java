// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

/** A grid of threads in one dimension. */
public class WorkerGrid1D extends AbstractWorkerGrid {
    public static final int DIM = 1;

    /** A grid of {@code x} threads. */
    public WorkerGrid1D(int x) {
        super(x, 1, 1);
    }

    @Override
    public int dimension() {
        return DIM;
    }
}
