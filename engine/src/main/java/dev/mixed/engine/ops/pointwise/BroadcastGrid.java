// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.first;
import static dev.mixed.engine.ops.Tile.fourth;
import static dev.mixed.engine.ops.Tile.put;
import static dev.mixed.engine.ops.Tile.second;
import static dev.mixed.engine.ops.Tile.third;

import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The grid kernels of {@link Broadcast}: b [columns] is broadcast over the leading dims of the other operand; size = {elements, columns}. */
public final class BroadcastGrid {
    /** Places of the numbers in {@code size}. */
    static final int ELEMENTS = 0;
    static final int COLUMNS = 1;

    private BroadcastGrid() {
    }

    /** y = x + b. */
    public static void add(KernelContext context, @AlsoHalf FloatArray x, FloatArray b, @AlsoHalf FloatArray y, IntArray size) {
        int n = size.get(ELEMENTS);
        int columns = size.get(COLUMNS);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(x, e, n) + b.get(e % columns);
        float v1 = at(x, second(y, e), n) + b.get(second(y, e) % columns);
        float v2 = at(x, third(y, e), n) + b.get(third(y, e) % columns);
        float v3 = at(x, fourth(y, e), n) + b.get(fourth(y, e) % columns);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += b. */
    public static void addInto(KernelContext context, @AlsoHalf FloatArray y, @AlsoHalf FloatArray b, IntArray size) {
        int n = size.get(ELEMENTS);
        int columns = size.get(COLUMNS);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(y, e, n) + b.get(e % columns);
        float v1 = at(y, second(y, e), n) + b.get(second(y, e) % columns);
        float v2 = at(y, third(y, e), n) + b.get(third(y, e) % columns);
        float v3 = at(y, fourth(y, e), n) + b.get(fourth(y, e) % columns);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += b for halves y and floats b. */
    public static void addFloatIntoHalf(KernelContext context, HalfFloatArray y, FloatArray b, IntArray size) {
        int n = size.get(ELEMENTS);
        int columns = size.get(COLUMNS);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(y, e, n) + b.get(e % columns);
        float v1 = at(y, second(y, e), n) + b.get(second(y, e) % columns);
        float v2 = at(y, third(y, e), n) + b.get(third(y, e) % columns);
        float v3 = at(y, fourth(y, e), n) + b.get(fourth(y, e) % columns);
        put(y, e, n, v0, v1, v2, v3);
    }
}
