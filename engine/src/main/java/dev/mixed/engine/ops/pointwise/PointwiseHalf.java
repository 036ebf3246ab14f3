package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.Tile.NEXT;
import static dev.mixed.engine.ops.Tile.TILE;
import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.put;

import dev.mixed.engine.ops.Tile;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Element by element kernels on half storage, with the formulas of the reference kernels; {@link Tile} tells which elements a thread takes. */
public final class PointwiseHalf {
    private PointwiseHalf() {
    }

    /** y = a + b. */
    public static void addHalf(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray y, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = at(a, e, n) + at(b, e, n);
        float v1 = at(a, e + 1, n) + at(b, e + 1, n);
        float v2 = at(a, e + NEXT, n) + at(b, e + NEXT, n);
        float v3 = at(a, e + NEXT + 1, n) + at(b, e + NEXT + 1, n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += x. */
    public static void addIntoHalf(KernelContext context, HalfFloatArray y, HalfFloatArray x, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = at(y, e, n) + at(x, e, n);
        float v1 = at(y, e + 1, n) + at(x, e + 1, n);
        float v2 = at(y, e + NEXT, n) + at(x, e + NEXT, n);
        float v3 = at(y, e + NEXT + 1, n) + at(x, e + NEXT + 1, n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y = x factor[0]. */
    public static void scaleByHalf(KernelContext context, HalfFloatArray x, FloatArray factor, HalfFloatArray y, IntArray size) {
        int n = size.get(0);
        float f = factor.get(0);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = at(x, e, n) * f;
        float v1 = at(x, e + 1, n) * f;
        float v2 = at(x, e + NEXT, n) * f;
        float v3 = at(x, e + NEXT + 1, n) * f;
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y = value[0]. */
    public static void fillHalf(KernelContext context, HalfFloatArray y, FloatArray value, IntArray size) {
        int n = size.get(0);
        float f = value.get(0);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        put(y, e, n, f, f, f, f);
    }

    /** y = x in another type. */
    public static void toHalf(KernelContext context, FloatArray x, HalfFloatArray y, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = at(x, e, n);
        float v1 = at(x, e + 1, n);
        float v2 = at(x, e + NEXT, n);
        float v3 = at(x, e + NEXT + 1, n);
        put(y, e, n, v0, v1, v2, v3);
    }
}
