// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.Registers;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The sum of a product's parts, in their order, so that the same sizes give the same bits. */
final class WgmmaParts {
    /** Threads of a block, and elements of a thread. */
    static final int THREADS = 256, ELEMENTS = 4;
    /** The ints of the layout: elements of a part, parts, columns of c, elements from one of its rows to the next. */
    private static final int TOTAL = 0, PARTS = 1, N = 2, LDC = 3;
    /** Parts that are loaded before the first of them is needed. */
    private static final int AHEAD = 4;

    private WgmmaParts() {
    }

    /** c [m, n] = the sum of parts [parts, m, n], plus what it held where {@code add} is 1; n and c's rows are multiples of 4. */
    static void sum(KernelContext context, FloatArray parts, FloatArray c, IntArray layout, int add) {
        sumAt(Addresses.reading(parts), Addresses.of(c), layout, context.globalIdx * ELEMENTS, add);
    }

    /** {@link #sum(KernelContext, FloatArray, FloatArray, IntArray, int)} for each of joined products, a row of blocks to each. */
    static void sums(KernelContext context, FloatArray parts0, FloatArray parts1, FloatArray parts2, FloatArray c0, FloatArray c1, FloatArray c2,
            IntArray layout, int add) {
        int member = context.groupIdy;
        long parts = WgmmaJoinedGrid.pick(member, Addresses.reading(parts0), Addresses.reading(parts1), Addresses.reading(parts2));
        long c = WgmmaJoinedGrid.pick(member, Addresses.of(c0), Addresses.of(c1), Addresses.of(c2));
        sumAt(parts, c, layout, context.globalIdx * ELEMENTS, add);
    }

    private static void sumAt(long parts, long c, IntArray layout, int e, int add) {
        int total = layout.get(TOTAL);
        int count = layout.get(PARTS);
        int n = layout.get(N);
        if (e < total) {
            int to = e / n * layout.get(LDC) + e % n;
            float[] sums = Registers.floats(ELEMENTS);
            float[] loaded = Registers.floats(AHEAD * ELEMENTS);
            int s = 0;
            for (; s + AHEAD <= count; s += AHEAD) {
                for (int i = 0; i < AHEAD; i++) {
                    Addresses.load4(loaded, ELEMENTS * i, parts, (s + i) * total + e);
                }
                for (int i = 0; i < AHEAD; i++) {
                    plus(sums, loaded, ELEMENTS * i);
                }
            }
            for (; s < count; s++) {
                Addresses.load4(loaded, 0, parts, s * total + e);
                plus(sums, loaded, 0);
            }
            if (add != 0) {
                Addresses.load4(loaded, 0, c, to);
                plus(sums, loaded, 0);
            }
            Addresses.store4(c, to, sums, 0);
        }
    }

    private static void plus(float[] sums, float[] loaded, int at) {
        for (int j = 0; j < ELEMENTS; j++) {
            Registers.set(sums, j, Registers.get(sums, j) + Registers.get(loaded, at + j));
        }
    }

    /** The ints of the layout. */
    static int[] layout(int m, int n, int ldc, int parts) {
        return new int[] {m * n, parts, n, ldc};
    }
}
