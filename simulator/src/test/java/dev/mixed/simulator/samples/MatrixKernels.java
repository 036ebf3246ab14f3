// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Matrix products with local memory. */
public final class MatrixKernels {
    public static final int TILE = 16;

    private MatrixKernels() {
    }

    /** c = a * b, all [n, n] row-major, n a multiple of the tile; one thread an element, one block a tile. */
    public static void tiled(KernelContext context, FloatArray a, FloatArray b, FloatArray c, int n) {
        int column = context.localIdx;
        int row = context.localIdy;
        int globalColumn = context.groupIdx * TILE + column;
        int globalRow = context.groupIdy * TILE + row;
        float[] left = context.allocateFloatLocalArray(TILE * TILE);
        float[] right = context.allocateFloatLocalArray(TILE * TILE);
        float sum = 0f;
        for (int start = 0; start < n; start += TILE) {
            left[row * TILE + column] = a.get(globalRow * n + start + column);
            right[row * TILE + column] = b.get((start + row) * n + globalColumn);
            context.localBarrier();
            for (int k = 0; k < TILE; k++) {
                sum += left[row * TILE + k] * right[k * TILE + column];
            }
            context.localBarrier();
        }
        c.set(globalRow * n + globalColumn, sum);
    }
}
