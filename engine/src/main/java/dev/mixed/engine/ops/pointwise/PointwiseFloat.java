package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.Tile.THREADS;
import static dev.mixed.engine.ops.Tile.TILE;
import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.put;

import dev.mixed.engine.ops.Tile;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Element by element kernels on float storage, with the formulas of the reference kernels; {@link Tile} tells which elements a thread takes. */
public final class PointwiseFloat {
    private PointwiseFloat() {
    }

    /** y = a + b. */
    public static void addFloat(KernelContext context, FloatArray a, FloatArray b, FloatArray y, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = at(a, e, n) + at(b, e, n);
        float v1 = at(a, e + THREADS, n) + at(b, e + THREADS, n);
        float v2 = at(a, e + 2 * THREADS, n) + at(b, e + 2 * THREADS, n);
        float v3 = at(a, e + 3 * THREADS, n) + at(b, e + 3 * THREADS, n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += x. */
    public static void addIntoFloat(KernelContext context, FloatArray y, FloatArray x, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = at(y, e, n) + at(x, e, n);
        float v1 = at(y, e + THREADS, n) + at(x, e + THREADS, n);
        float v2 = at(y, e + 2 * THREADS, n) + at(x, e + 2 * THREADS, n);
        float v3 = at(y, e + 3 * THREADS, n) + at(x, e + 3 * THREADS, n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += x, which is half. */
    public static void addHalfIntoFloat(KernelContext context, FloatArray y, HalfFloatArray x, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = at(y, e, n) + at(x, e, n);
        float v1 = at(y, e + THREADS, n) + at(x, e + THREADS, n);
        float v2 = at(y, e + 2 * THREADS, n) + at(x, e + 2 * THREADS, n);
        float v3 = at(y, e + 3 * THREADS, n) + at(x, e + 3 * THREADS, n);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y = x factor[0]. */
    public static void scaleByFloat(KernelContext context, FloatArray x, FloatArray factor, FloatArray y, IntArray size) {
        int n = size.get(0);
        float f = factor.get(0);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = at(x, e, n) * f;
        float v1 = at(x, e + THREADS, n) * f;
        float v2 = at(x, e + 2 * THREADS, n) * f;
        float v3 = at(x, e + 3 * THREADS, n) * f;
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y = value[0]. */
    public static void fillFloat(KernelContext context, FloatArray y, FloatArray value, IntArray size) {
        int n = size.get(0);
        float f = value.get(0);
        int e = context.groupIdx * TILE + context.localIdx;
        put(y, e, n, f, f, f, f);
    }

    /** y = x in another type. */
    public static void toFloat(KernelContext context, HalfFloatArray x, FloatArray y, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = at(x, e, n);
        float v1 = at(x, e + THREADS, n);
        float v2 = at(x, e + 2 * THREADS, n);
        float v3 = at(x, e + 3 * THREADS, n);
        put(y, e, n, v0, v1, v2, v3);
    }
}
