// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.context;

/**
 * Where a thread stands in its grid.
 *
 * @param global    the thread's index in the grid
 * @param block     its block's index
 * @param local     the thread's index in its block
 * @param gridSize  threads of the grid
 * @param blockSize threads of a block
 */
public record ThreadPosition(Dim3 global, Dim3 block, Dim3 local, Dim3 gridSize, Dim3 blockSize) {
    /** The position of a thread without a grid: every number is 0. */
    public static final ThreadPosition NONE = new ThreadPosition(Dim3.ZERO, Dim3.ZERO, Dim3.ZERO, Dim3.ZERO, Dim3.ZERO);
}
