// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import static dev.mixed.engine.ops.Tile.NEXT;
import static dev.mixed.engine.ops.Tile.THREADS;
import static dev.mixed.engine.ops.Tile.TILE;
import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.put;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Dropout with the loop kernel's masks: each thread draws the decisions of four neighbouring elements, and the block shares them.
 *
 * <p>size = {elements, keep threshold}, scale = {1 / (1 - p)}. Float and half are written out each: a thread takes other elements of halves than of
 * floats, so that other threads draw their decisions.
 */
public final class DropoutGrid {
    /** Places of the numbers in {@code size}. */
    static final int ELEMENTS = 0;
    static final int THRESHOLD = 1;

    private DropoutGrid() {
    }

    /** y = x (keep ? scale : 0). */
    public static void dropoutFloat(KernelContext context, FloatArray x, IntArray snapshot, FloatArray y, IntArray size, FloatArray scale) {
        int[] kept = context.allocateIntLocalArray(THREADS);
        int n = size.get(ELEMENTS);
        int t = context.localIdx;
        int block = context.groupIdx * THREADS + t;
        int e = context.groupIdx * TILE + t;
        float v0 = at(x, e, n);
        float v1 = at(x, e + THREADS, n);
        float v2 = at(x, e + 2 * THREADS, n);
        float v3 = at(x, e + 3 * THREADS, n);
        kept[t] = Philox.keepFour(snapshot.get(0), snapshot.get(1), snapshot.get(2), snapshot.get(3), block, size.get(THRESHOLD));
        context.localBarrier();
        float f = scale.get(0);
        int quarter = t / 4;
        int bit = t & 3;
        put(y, e, n, v0 * factor(kept[quarter], bit, f), v1 * factor(kept[THREADS / 4 + quarter], bit, f),
                v2 * factor(kept[THREADS / 2 + quarter], bit, f), v3 * factor(kept[3 * THREADS / 4 + quarter], bit, f));
    }

    /** {@link #dropoutFloat} on half storage. */
    public static void dropoutHalf(KernelContext context, HalfFloatArray x, IntArray snapshot, HalfFloatArray y, IntArray size, FloatArray scale) {
        int[] kept = context.allocateIntLocalArray(THREADS);
        int n = size.get(ELEMENTS);
        int t = context.localIdx;
        int block = context.groupIdx * THREADS + t;
        int e = context.groupIdx * TILE + 2 * t;
        float v0 = at(x, e, n);
        float v1 = at(x, e + 1, n);
        float v2 = at(x, e + NEXT, n);
        float v3 = at(x, e + NEXT + 1, n);
        kept[t] = Philox.keepFour(snapshot.get(0), snapshot.get(1), snapshot.get(2), snapshot.get(3), block, size.get(THRESHOLD));
        context.localBarrier();
        float f = scale.get(0);
        int first = kept[t / 2];
        int second = kept[THREADS / 2 + t / 2];
        int bit = (2 * t) & 2;
        put(y, e, n, v0 * factor(first, bit, f), v1 * factor(first, bit + 1, f), v2 * factor(second, bit, f), v3 * factor(second, bit + 1, f));
    }

    /** What an element is multiplied by whose decision is bit {@code bit} of {@code kept}. */
    public static float factor(int kept, int bit, float scale) {
        return (kept & (1 << bit)) != 0 ? scale : 0f;
    }
}
