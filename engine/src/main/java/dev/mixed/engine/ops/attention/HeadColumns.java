package dev.mixed.engine.ops.attention;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of attention's heads, F32 [batch, paddedSeq, heads, paddedD], rounded to F16 [batch, seq, heads * d]: one block per (batch, query).
 *
 * <p>sizes = {seq, padded seq, heads, d, padded d}.
 */
final class HeadColumns {
    static final int THREADS = 256;

    private HeadColumns() {
    }

    /** The rounding. */
    static void toHalf(KernelContext context, FloatArray x, HalfFloatArray y, IntArray sizes) {
        int d = sizes.get(3);
        int hidden = sizes.get(2) * d;
        int pad = sizes.get(4) - d;
        int from = from(context.groupIdx, sizes);
        int to = context.groupIdx * hidden;
        // Four loads before a store: the compiler can't put one before it, since the arrays might overlap.
        for (int c0 = context.localIdx; c0 < hidden; c0 += 4 * THREADS) {
            int c1 = Math.min(c0 + THREADS, hidden - 1);
            int c2 = Math.min(c0 + 2 * THREADS, hidden - 1);
            int c3 = Math.min(c0 + 3 * THREADS, hidden - 1);
            float v0 = x.get(from + c0 + c0 / d * pad);
            float v1 = x.get(from + c1 + c1 / d * pad);
            float v2 = x.get(from + c2 + c2 / d * pad);
            float v3 = x.get(from + c3 + c3 / d * pad);
            put(y, to, c0, hidden, v0);
            put(y, to, c0 + THREADS, hidden, v1);
            put(y, to, c0 + 2 * THREADS, hidden, v2);
            put(y, to, c0 + 3 * THREADS, hidden, v3);
        }
    }

    private static void put(HalfFloatArray y, int at, int c, int hidden, float v) {
        if (c < hidden) {
            HalfFloat h = new HalfFloat(v);
            y.set(at + c, h);
        }
    }

    /** Where a row (batch, query) starts. */
    private static int from(int row, IntArray sizes) {
        int batch = row / sizes.get(0);
        return (batch * sizes.get(1) + row - batch * sizes.get(0)) * sizes.get(2) * sizes.get(4);
    }
}
