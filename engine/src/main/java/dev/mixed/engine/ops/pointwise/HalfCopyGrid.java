// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.ops.MultiTensor;
import dev.mixed.engine.ops.Tile;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Half copies of several tensors at once; see {@link MultiTensor} for the layout. */
public final class HalfCopyGrid {
    /** How many tensors a launch takes. */
    static final int MOST = 9;

    private HalfCopyGrid() {
    }

    /** y = half(x). */
    public static void toHalf(KernelContext context, IntArray layout, FloatArray x0, HalfFloatArray y0, FloatArray x1, HalfFloatArray y1, FloatArray x2,
            HalfFloatArray y2, FloatArray x3, HalfFloatArray y3, FloatArray x4, HalfFloatArray y4, FloatArray x5, HalfFloatArray y5, FloatArray x6,
            HalfFloatArray y6, FloatArray x7, HalfFloatArray y7, FloatArray x8, HalfFloatArray y8) {
        int tensor = MultiTensor.tensor(context, layout, MOST);
        int chunk = MultiTensor.chunk(context, layout, tensor);
        int first = chunk * MultiTensor.CHUNK;
        int end = MultiTensor.end(layout, MOST, tensor, chunk);
        if (tensor == 0) {
            toHalf(context, x0, y0, first, end);
        } else if (tensor == 1) {
            toHalf(context, x1, y1, first, end);
        } else if (tensor == 2) {
            toHalf(context, x2, y2, first, end);
        } else if (tensor == 3) {
            toHalf(context, x3, y3, first, end);
        } else if (tensor == 4) {
            toHalf(context, x4, y4, first, end);
        } else if (tensor == 5) {
            toHalf(context, x5, y5, first, end);
        } else if (tensor == 6) {
            toHalf(context, x6, y6, first, end);
        } else if (tensor == 7) {
            toHalf(context, x7, y7, first, end);
        } else {
            toHalf(context, x8, y8, first, end);
        }
    }

    private static void toHalf(KernelContext context, FloatArray x, HalfFloatArray y, int first, int end) {
        for (int e = first + 2 * context.localIdx; e < end; e += Tile.TILE) {
            float v0 = Tile.at(x, e, end);
            float v1 = Tile.at(x, e + 1, end);
            float v2 = Tile.at(x, e + Tile.NEXT, end);
            float v3 = Tile.at(x, e + Tile.NEXT + 1, end);
            Tile.put(y, e, end, v0, v1, v2, v3);
        }
    }
}
