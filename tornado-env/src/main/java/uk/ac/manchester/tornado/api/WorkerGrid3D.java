// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

/** A grid of threads in three dimensions. */
public class WorkerGrid3D extends AbstractWorkerGrid {
    public static final int DIM = 3;

    /** A grid of {@code x * y * z} threads. */
    public WorkerGrid3D(int x, int y, int z) {
        super(x, y, z);
    }

    @Override
    public int dimension() {
        return DIM;
    }
}
