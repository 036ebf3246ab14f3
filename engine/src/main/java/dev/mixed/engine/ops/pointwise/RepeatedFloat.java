package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.Tile.THREADS;
import static dev.mixed.engine.ops.Tile.TILE;
import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.put;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels on float storage as {@link PointwiseFloat} has them, where operands are repeated over rows or parts of a tensor; and rectifiers. */
public final class RepeatedFloat {
    private RepeatedFloat() {
    }

    /** y = max(x, 0), NaN for NaN. */
    public static void reluFloat(KernelContext context, FloatArray x, FloatArray y, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = positive(at(x, e, n));
        float v1 = positive(at(x, e + THREADS, n));
        float v2 = positive(at(x, e + 2 * THREADS, n));
        float v3 = positive(at(x, e + 3 * THREADS, n));
        put(y, e, n, v0, v1, v2, v3);
    }

    /** dx = x > 0 ? dy : 0. */
    public static void reluBackwardFloat(KernelContext context, FloatArray x, FloatArray dy, FloatArray dx, IntArray size) {
        int n = size.get(0);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = at(x, e, n) > 0f ? at(dy, e, n) : 0f;
        float v1 = at(x, e + THREADS, n) > 0f ? at(dy, e + THREADS, n) : 0f;
        float v2 = at(x, e + 2 * THREADS, n) > 0f ? at(dy, e + 2 * THREADS, n) : 0f;
        float v3 = at(x, e + 3 * THREADS, n) > 0f ? at(dy, e + 3 * THREADS, n) : 0f;
        put(dx, e, n, v0, v1, v2, v3);
    }

    /** y = x + b, b repeated; size = {elements of x, of b}. */
    public static void addRowsFloat(KernelContext context, FloatArray x, FloatArray b, FloatArray y, IntArray size) {
        int n = size.get(0);
        int columns = size.get(1);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = at(x, e, n) + b.get(e % columns);
        float v1 = at(x, e + THREADS, n) + b.get((e + THREADS) % columns);
        float v2 = at(x, e + 2 * THREADS, n) + b.get((e + 2 * THREADS) % columns);
        float v3 = at(x, e + 3 * THREADS, n) + b.get((e + 3 * THREADS) % columns);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** y += b, b repeated; size = {elements of y, of b}. */
    public static void addRowsIntoFloat(KernelContext context, FloatArray y, FloatArray b, IntArray size) {
        int n = size.get(0);
        int columns = size.get(1);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = at(y, e, n) + b.get(e % columns);
        float v1 = at(y, e + THREADS, n) + b.get((e + THREADS) % columns);
        float v2 = at(y, e + 2 * THREADS, n) + b.get((e + 2 * THREADS) % columns);
        float v3 = at(y, e + 3 * THREADS, n) + b.get((e + 3 * THREADS) % columns);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** dx [batch, seq, hidden] = dy [batch, hidden] at position 0, else 0; size = {elements of dx, seq, hidden}. */
    public static void selectFirstBackwardFloat(KernelContext context, FloatArray dy, FloatArray dx, IntArray size) {
        int n = size.get(0);
        int seq = size.get(1);
        int hidden = size.get(2);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = first(dy, e, n, seq, hidden);
        float v1 = first(dy, e + THREADS, n, seq, hidden);
        float v2 = first(dy, e + 2 * THREADS, n, seq, hidden);
        float v3 = first(dy, e + 3 * THREADS, n, seq, hidden);
        put(dx, e, n, v0, v1, v2, v3);
    }

    private static float first(FloatArray dy, int e, int n, int seq, int hidden) {
        int row = e / hidden;
        int batch = row / seq;
        return e < n && batch * seq == row ? dy.get(batch * hidden + (e - row * hidden)) : 0f;
    }

    /** By comparison, since a GPU's max drops NaN. */
    private static float positive(float v) {
        return v <= 0f ? 0f : v;
    }
}
