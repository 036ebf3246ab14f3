// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

/** How many threads a task runs with, in total and per block, in up to three dimensions. */
public interface WorkerGrid {
    /** The number of dimensions, 1 to 3. */
    int dimension();

    /** The total number of threads, as {x, y, z}. */
    long[] getGlobalWork();

    /** Threads of one block, as {x, y, z}, or null where the device is to choose. */
    long[] getLocalWork();

    /** Blocks, as {x, y, z}, or null where the device chooses the blocks. */
    long[] getNumberOfWorkgroups();

    /** What is added to the global index of every thread, as {x, y, z}. */
    long[] getGlobalOffset();

    /** Sets the total number of threads. */
    void setGlobalWork(long x, long y, long z);

    /** Sets the threads of one block. */
    void setLocalWork(long x, long y, long z);

    /** Forgets the number of blocks. */
    void setNumberOfWorkgroupsToNull();

    /** Leaves the block size to the device. */
    void setLocalWorkToNull();

    /** Sets what is added to the global indices. */
    void setGlobalOffset(long x, long y, long z);
}
