// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.first;
import static dev.mixed.engine.ops.Tile.fourth;
import static dev.mixed.engine.ops.Tile.put;
import static dev.mixed.engine.ops.Tile.second;
import static dev.mixed.engine.ops.Tile.third;

import dev.mixed.engine.ops.Tile;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Element by element grid kernels with the formulas of {@link Elementwise}, {@link Cast} and {@link Relu}; {@link Tile} tells which elements a thread
 * takes.
 *
 * <p>size = {elements}.
 */
public final class PointwiseGrid {
    private PointwiseGrid() {
    }

    /** y = a + b. */
    public static void add(KernelContext context, @AlsoHalf FloatArray a, @AlsoHalf FloatArray b, @AlsoHalf FloatArray y, IntArray size) {
        int n = size.get(0);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(a, e, n) + at(b, e, n);
        float v1 = at(a, second(y, e), n) + at(b, second(y, e), n);
        float v2 = at(a, third(y, e), n) + at(b, third(y, e), n);
        float v3 = at(a, fourth(y, e), n) + at(b, fourth(y, e), n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += x. */
    public static void addInto(KernelContext context, @AlsoHalf FloatArray y, @AlsoHalf FloatArray x, IntArray size) {
        int n = size.get(0);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(y, e, n) + at(x, e, n);
        float v1 = at(y, second(y, e), n) + at(x, second(y, e), n);
        float v2 = at(y, third(y, e), n) + at(x, third(y, e), n);
        float v3 = at(y, fourth(y, e), n) + at(x, fourth(y, e), n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += x, which is half. */
    public static void addHalfIntoFloat(KernelContext context, FloatArray y, HalfFloatArray x, IntArray size) {
        int n = size.get(0);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(y, e, n) + at(x, e, n);
        float v1 = at(y, second(y, e), n) + at(x, second(y, e), n);
        float v2 = at(y, third(y, e), n) + at(x, third(y, e), n);
        float v3 = at(y, fourth(y, e), n) + at(x, fourth(y, e), n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y = x factor[0]. */
    public static void scaleBy(KernelContext context, @AlsoHalf FloatArray x, FloatArray factor, @AlsoHalf FloatArray y, IntArray size) {
        int n = size.get(0);
        float f = factor.get(0);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(x, e, n) * f;
        float v1 = at(x, second(y, e), n) * f;
        float v2 = at(x, third(y, e), n) * f;
        float v3 = at(x, fourth(y, e), n) * f;
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y = value[0]. */
    public static void fill(KernelContext context, @AlsoHalf FloatArray y, FloatArray value, IntArray size) {
        int n = size.get(0);
        float f = value.get(0);
        int e = first(y, context.groupIdx, context.localIdx);
        put(y, e, n, f, f, f, f);
    }

    /** y = x, rounded to half. */
    public static void toHalf(KernelContext context, FloatArray x, HalfFloatArray y, IntArray size) {
        int n = size.get(0);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(x, e, n);
        float v1 = at(x, second(y, e), n);
        float v2 = at(x, third(y, e), n);
        float v3 = at(x, fourth(y, e), n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y = x, which is half. */
    public static void toFloat(KernelContext context, HalfFloatArray x, FloatArray y, IntArray size) {
        int n = size.get(0);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = at(x, e, n);
        float v1 = at(x, second(y, e), n);
        float v2 = at(x, third(y, e), n);
        float v3 = at(x, fourth(y, e), n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y = max(x, 0), NaN for NaN. */
    public static void relu(KernelContext context, @AlsoHalf FloatArray x, @AlsoHalf FloatArray y, IntArray size) {
        int n = size.get(0);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = positive(at(x, e, n));
        float v1 = positive(at(x, second(y, e), n));
        float v2 = positive(at(x, third(y, e), n));
        float v3 = positive(at(x, fourth(y, e), n));
        put(y, e, n, v0, v1, v2, v3);
    }

    /** dx = x > 0 ? dy : 0. */
    public static void reluBackward(KernelContext context, @AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, IntArray size) {
        int n = size.get(0);
        int e = first(dx, context.groupIdx, context.localIdx);
        float v0 = at(x, e, n) > 0f ? at(dy, e, n) : 0f;
        float v1 = at(x, second(dx, e), n) > 0f ? at(dy, second(dx, e), n) : 0f;
        float v2 = at(x, third(dx, e), n) > 0f ? at(dy, third(dx, e), n) : 0f;
        float v3 = at(x, fourth(dx, e), n) > 0f ? at(dy, fourth(dx, e), n) : 0f;
        put(dx, e, n, v0, v1, v2, v3);
    }

    /** By comparison, since a GPU's max drops NaN. */
    static float positive(float v) {
        return v <= 0f ? 0f : v;
    }
}
