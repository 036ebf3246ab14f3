package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.Tile.NEXT;
import static dev.mixed.engine.ops.Tile.TILE;
import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.put;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels on half storage as {@link PointwiseHalf} has them, where operands are repeated over rows or parts of a tensor; and rectifiers. */
public final class RepeatedHalf {
    private RepeatedHalf() {
    }

    /** y = max(x, 0), NaN for NaN. */
    public static void reluHalf(KernelContext context, HalfFloatArray x, HalfFloatArray y, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = positive(at(x, e, n));
        float v1 = positive(at(x, e + 1, n));
        float v2 = positive(at(x, e + NEXT, n));
        float v3 = positive(at(x, e + NEXT + 1, n));
        put(y, e, n, v0, v1, v2, v3);
    }

    /** dx = x > 0 ? dy : 0. */
    public static void reluBackwardHalf(KernelContext context, HalfFloatArray x, HalfFloatArray dy, HalfFloatArray dx, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = at(x, e, n) > 0f ? at(dy, e, n) : 0f;
        float v1 = at(x, e + 1, n) > 0f ? at(dy, e + 1, n) : 0f;
        float v2 = at(x, e + NEXT, n) > 0f ? at(dy, e + NEXT, n) : 0f;
        float v3 = at(x, e + NEXT + 1, n) > 0f ? at(dy, e + NEXT + 1, n) : 0f;
        put(dx, e, n, v0, v1, v2, v3);
    }

    /** y = x + b, b repeated; size = {elements of x, of b}. */
    public static void addRowsHalf(KernelContext context, HalfFloatArray x, FloatArray b, HalfFloatArray y, IntArray size) {
        int n = size.get(0);
        int columns = size.get(1);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = at(x, e, n) + b.get(e % columns);
        float v1 = at(x, e + 1, n) + b.get((e + 1) % columns);
        float v2 = at(x, e + NEXT, n) + b.get((e + NEXT) % columns);
        float v3 = at(x, e + NEXT + 1, n) + b.get((e + NEXT + 1) % columns);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += b, b repeated; size = {elements of y, of b}. */
    public static void addRowsIntoHalf(KernelContext context, HalfFloatArray y, FloatArray b, IntArray size) {
        int n = size.get(0);
        int columns = size.get(1);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = at(y, e, n) + b.get(e % columns);
        float v1 = at(y, e + 1, n) + b.get((e + 1) % columns);
        float v2 = at(y, e + NEXT, n) + b.get((e + NEXT) % columns);
        float v3 = at(y, e + NEXT + 1, n) + b.get((e + NEXT + 1) % columns);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += b, b repeated and half; size = {elements of y, of b}. */
    public static void addHalfRowsIntoHalf(KernelContext context, HalfFloatArray y, HalfFloatArray b, IntArray size) {
        int n = size.get(0);
        int columns = size.get(1);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = at(y, e, n) + b.get(e % columns).getFloat32();
        float v1 = at(y, e + 1, n) + b.get((e + 1) % columns).getFloat32();
        float v2 = at(y, e + NEXT, n) + b.get((e + NEXT) % columns).getFloat32();
        float v3 = at(y, e + NEXT + 1, n) + b.get((e + NEXT + 1) % columns).getFloat32();
        put(y, e, n, v0, v1, v2, v3);
    }

    /** dx [batch, seq, hidden] = dy [batch, hidden] at position 0, else 0; size = {elements of dx, seq, hidden}. */
    public static void selectFirstBackwardHalf(KernelContext context, HalfFloatArray dy, HalfFloatArray dx, IntArray size) {
        int n = size.get(0);
        int seq = size.get(1);
        int hidden = size.get(2);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = first(dy, e, n, seq, hidden);
        float v1 = first(dy, e + 1, n, seq, hidden);
        float v2 = first(dy, e + NEXT, n, seq, hidden);
        float v3 = first(dy, e + NEXT + 1, n, seq, hidden);
        put(dx, e, n, v0, v1, v2, v3);
    }

    private static float first(HalfFloatArray dy, int e, int n, int seq, int hidden) {
        int row = e / hidden;
        int batch = row / seq;
        return e < n && batch * seq == row ? dy.get(batch * hidden + (e - row * hidden)).getFloat32() : 0f;
    }

    /** By comparison, since a GPU's max drops NaN. */
    private static float positive(float v) {
        return v <= 0f ? 0f : v;
    }
}
