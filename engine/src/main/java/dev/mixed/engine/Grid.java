// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

/**
 * The blocks and threads of a grid kernel's launch: {@code blocksX x blocksY x blocksZ} blocks of {@code threads} threads along x.
 *
 * <p>CUDA allows 2^31 - 1 blocks along x and 65,535 along y and z.
 */
public record Grid(int blocksX, int blocksY, int blocksZ, int threads) {
    /** The most threads that a block may have. */
    public static final int MAX_THREADS = 1024;
    /** The most blocks along y, and along z. */
    public static final int MAX_BLOCKS_YZ = 65_535;

    public Grid {
        if (blocksX < 1 || blocksY < 1 || blocksZ < 1 || blocksY > MAX_BLOCKS_YZ || blocksZ > MAX_BLOCKS_YZ || threads < 1 || threads > MAX_THREADS
                || (long) blocksX * threads > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a GPU has no grid of " + blocksX + " x " + blocksY + " x " + blocksZ + " blocks of " + threads + " threads");
        }
    }

    /** Blocks along x only. */
    public static Grid of(int blocks, int threads) {
        return new Grid(blocks, 1, 1, threads);
    }

    /** Enough blocks along x for one thread per element. */
    public static Grid perElement(int elements, int threads) {
        return of(Math.ceilDiv(elements, threads), threads);
    }
}
