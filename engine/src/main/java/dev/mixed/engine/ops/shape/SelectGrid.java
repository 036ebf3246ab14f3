// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import static dev.mixed.engine.ops.Tile.first;
import static dev.mixed.engine.ops.Tile.fourth;
import static dev.mixed.engine.ops.Tile.put;
import static dev.mixed.engine.ops.Tile.second;
import static dev.mixed.engine.ops.Tile.third;

import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The grid kernels of {@link Select}. */
public final class SelectGrid {
    /** Places of the numbers in {@code size}. */
    static final int ELEMENTS = 0;
    static final int SEQ = 1;
    static final int HIDDEN = 2;

    private SelectGrid() {
    }

    /** dx [batch, seq, hidden] = dy [batch, hidden] at position 0, else 0; size = {elements of dx, seq, hidden}. */
    public static void selectFirstBackward(KernelContext context, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, IntArray size) {
        int n = size.get(ELEMENTS);
        int seq = size.get(SEQ);
        int hidden = size.get(HIDDEN);
        int e = first(dx, context.groupIdx, context.localIdx);
        float v0 = atFirst(dy, e, n, seq, hidden);
        float v1 = atFirst(dy, second(dx, e), n, seq, hidden);
        float v2 = atFirst(dy, third(dx, e), n, seq, hidden);
        float v3 = atFirst(dy, fourth(dx, e), n, seq, hidden);
        put(dx, e, n, v0, v1, v2, v3);
    }

    /** What element e of dx is. */
    static float atFirst(@AlsoHalf FloatArray dy, int e, int n, int seq, int hidden) {
        int row = e / hidden;
        int batch = row / seq;
        return e < n && batch * seq == row ? dy.get(batch * hidden + (e - row * hidden)) : 0f;
    }
}
