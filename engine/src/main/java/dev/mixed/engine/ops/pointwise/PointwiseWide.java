// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Registers;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Element by element kernels with four floats to a thread at once; size = {elements}. */
final class PointwiseWide {
    static final int THREADS = 256;
    /** Elements to a block. */
    static final int TILE = 4096;

    private PointwiseWide() {
    }

    /** y = value[0]. */
    static void fill(KernelContext context, FloatArray y, FloatArray value, IntArray size) {
        int n = size.get(0);
        float f = value.get(0);
        float[] four = Registers.floats(4);
        for (int i = 0; i < 4; i++) {
            Registers.set(four, i, f);
        }
        for (int i = 0; i < TILE / (4 * THREADS); i++) {
            int e = context.groupIdx * TILE + 4 * (context.localIdx + i * THREADS);
            if (e + 3 < n) {
                GlobalMemory.store4(y, e, four, 0);
            } else {
                for (int rest = e; rest < n; rest++) {
                    GlobalMemory.store(y, rest, f);
                }
            }
        }
    }
}
