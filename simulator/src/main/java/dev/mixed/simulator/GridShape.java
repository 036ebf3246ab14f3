// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.tornado.context.Dim3;
import dev.mixed.tornado.context.ThreadPosition;
import uk.ac.manchester.tornado.api.WorkerGrid;

/**
 * A grid, cut into blocks.
 *
 * @param size   threads of the grid
 * @param block  threads of a block, which divide it
 * @param offset what is added to the threads' global indices
 */
record GridShape(Dim3 size, Dim3 block, Dim3 offset) {
    private static final int MAX_BLOCK = 1024;
    private static final int DEFAULT_BLOCK = 256;

    /** @throws IllegalArgumentException where the blocks do not divide the grid, or are too large; the message names the kernel */
    static GridShape of(WorkerGrid grid, String kernel) {
        Dim3 size = dim3(grid.getGlobalWork());
        Dim3 block = grid.getLocalWork() == null ? defaultBlock(size) : dim3(grid.getLocalWork());
        requireMultiple(kernel, 'x', size.x(), block.x());
        requireMultiple(kernel, 'y', size.y(), block.y());
        requireMultiple(kernel, 'z', size.z(), block.z());
        if (block.count() > MAX_BLOCK) {
            throw new IllegalArgumentException("kernel " + kernel + ": a block of " + block.count() + " threads; " + MAX_BLOCK + " is the largest");
        }
        return new GridShape(size, block, dim3(grid.getGlobalOffset()));
    }

    private static void requireMultiple(String kernel, char axis, int threads, int block) {
        if (block < 1 || threads < 1 || threads % block != 0) {
            throw new IllegalArgumentException("kernel " + kernel + ": " + threads + " threads along " + axis + " cannot be cut into blocks of " + block
                    + "; make the first a multiple of the second");
        }
    }

    private static Dim3 dim3(long[] values) {
        return new Dim3(Math.toIntExact(values[0]), Math.toIntExact(values[1]), Math.toIntExact(values[2]));
    }

    /** The largest power of two along x that divides the grid. */
    private static Dim3 defaultBlock(Dim3 size) {
        return new Dim3(Math.min(Integer.lowestOneBit(size.x()), DEFAULT_BLOCK), 1, 1);
    }

    /** How many blocks there are along each axis. */
    Dim3 blocks() {
        return new Dim3(size.x() / block.x(), size.y() / block.y(), size.z() / block.z());
    }

    /** The position of a block's thread number {@code i}, x fastest. */
    ThreadPosition position(Dim3 ofBlock, int i) {
        Dim3 local = block.index(i);
        Dim3 global = new Dim3(offset.x() + ofBlock.x() * block.x() + local.x(), offset.y() + ofBlock.y() * block.y() + local.y(),
                offset.z() + ofBlock.z() * block.z() + local.z());
        return new ThreadPosition(global, ofBlock, local, size, block);
    }
}
