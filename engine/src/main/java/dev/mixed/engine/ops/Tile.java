// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.Grid;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * How element by element kernels share out a tensor: a block of {@link #THREADS} threads takes {@link #TILE} neighbouring elements, four to a thread.
 *
 * <p>Of floats, a thread takes every {@code THREADS}-th, so that a warp's access is contiguous. Of halves, it takes two pairs of neighbours. All four
 * are loaded before one is stored: the compiler can't reorder them, for the arrays might overlap.
 *
 * <p>Helpers like these may take arrays of tensors, but must not index a block's local array: TornadoVM 5.2 then generates a wrong address.
 */
public final class Tile {
    public static final int THREADS = 256;
    public static final int TILE = 4 * THREADS;
    /** From a thread's first pair of halves to its second. */
    public static final int NEXT = 2 * THREADS;

    private Tile() {
    }

    /** The blocks that cover this many elements. */
    public static Grid grid(int elements) {
        return Grid.of(Math.ceilDiv(elements, TILE), THREADS);
    }

    /** The first of the four elements of x that a thread takes. */
    public static int first(FloatArray x, int block, int thread) {
        return block * TILE + thread;
    }

    /** The first of the four elements of x that a thread takes. */
    public static int first(HalfFloatArray x, int block, int thread) {
        return block * TILE + 2 * thread;
    }

    /** The second of a thread's elements; e is the first. */
    public static int second(FloatArray x, int e) {
        return e + THREADS;
    }

    /** The second of a thread's elements; e is the first. */
    public static int second(HalfFloatArray x, int e) {
        return e + 1;
    }

    /** The third of a thread's elements; e is the first. */
    public static int third(FloatArray x, int e) {
        return e + 2 * THREADS;
    }

    /** The third of a thread's elements; e is the first. */
    public static int third(HalfFloatArray x, int e) {
        return e + NEXT;
    }

    /** The fourth of a thread's elements; e is the first. */
    public static int fourth(FloatArray x, int e) {
        return e + 3 * THREADS;
    }

    /** The fourth of a thread's elements; e is the first. */
    public static int fourth(HalfFloatArray x, int e) {
        return e + NEXT + 1;
    }

    /** Element e, or 0 beyond the end. */
    public static float at(FloatArray x, int e, int n) {
        return e < n ? x.get(e) : 0f;
    }

    /** Element e, or 0 beyond the end. */
    public static float at(HalfFloatArray x, int e, int n) {
        return e < n ? x.get(e).getFloat32() : 0f;
    }

    public static void put(FloatArray y, int e, int n, float v) {
        if (e < n) {
            y.set(e, v);
        }
    }

    public static void put(HalfFloatArray y, int e, int n, float v) {
        if (e < n) {
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** Stores a thread's four floats. */
    public static void put(FloatArray y, int e, int n, float v0, float v1, float v2, float v3) {
        put(y, e, n, v0);
        put(y, e + THREADS, n, v1);
        put(y, e + 2 * THREADS, n, v2);
        put(y, e + 3 * THREADS, n, v3);
    }

    /** Stores a thread's two pairs of halves. */
    public static void put(HalfFloatArray y, int e, int n, float v0, float v1, float v2, float v3) {
        put(y, e, n, v0);
        put(y, e + 1, n, v1);
        put(y, e + NEXT, n, v2);
        put(y, e + NEXT + 1, n, v3);
    }
}
