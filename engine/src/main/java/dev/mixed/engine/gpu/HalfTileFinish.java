package dev.mixed.engine.gpu;

import dev.mixed.engine.kernels.Gelu;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * How a block that has computed a tile turns it to F16: it reads the tile back from F32 scratch c, which has hardly left the cache, adds what is
 * to be added, and casts it. A tensor core's sums can leave registers no other way than by such scratch.
 */
final class HalfTileFinish {
    /** The result stays in c. */
    static final int NONE = 0;
    /** dst = c, or dst += c if {@code sizes} says so. */
    static final int CAST = 1;
    /** dst = c + bias, or GELU of that if {@code sizes} says so; bias [n]. */
    static final int BIAS = 2;
    /** dst = c + bias, activated = GELU(dst); bias [n]. */
    static final int BIAS_GELU = 3;

    private HalfTileFinish() {
    }

    /** 0 without a bias. */
    static float bias(HalfFloatArray bias, int column, int kind) {
        float value = 0f;
        if (kind != CAST) {
            value = bias.get(column).getFloat32();
        }
        return value;
    }

    /**
     * Stores an element and its neighbour, {@code next} further on, where they are inside.
     *
     * @param kind how to finish them
     * @param flag whether to add to what dst holds, or to apply GELU, by kind
     */
    static void put(HalfFloatArray dst, HalfFloatArray activated, int at, boolean inside, int next, float first, float second, int kind, int flag) {
        if (inside) {
            float x = first;
            float y = second;
            if (kind == CAST && flag != 0) {
                x += dst.get(at).getFloat32();
                y += dst.get(at + next).getFloat32();
            }
            if (kind == BIAS && flag != 0) {
                x = Gelu.value(x);
                y = Gelu.value(y);
            }
            store(dst, at, next, x, y);
            if (kind == BIAS_GELU) {
                store(activated, at, next, Gelu.value(x), Gelu.value(y));
            }
        }
    }

    private static void store(HalfFloatArray array, int at, int next, float first, float second) {
        HalfFloat firstHalf = new HalfFloat(first);
        HalfFloat secondHalf = new HalfFloat(second);
        array.set(at, firstHalf);
        array.set(at + next, secondHalf);
    }
}
