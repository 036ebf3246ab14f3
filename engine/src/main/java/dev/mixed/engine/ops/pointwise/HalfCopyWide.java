// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.ops.MultiTensor;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** {@link HalfCopyGrid} with eight elements to a thread at once. */
final class HalfCopyWide {
    private static final int UNIT = 8;

    private HalfCopyWide() {
    }

    /** y = half(x). */
    static void toHalf(KernelContext context, IntArray layout, FloatArray x0, HalfFloatArray y0, FloatArray x1, HalfFloatArray y1, FloatArray x2,
            HalfFloatArray y2, FloatArray x3, HalfFloatArray y3, FloatArray x4, HalfFloatArray y4, FloatArray x5, HalfFloatArray y5, FloatArray x6,
            HalfFloatArray y6, FloatArray x7, HalfFloatArray y7, FloatArray x8, HalfFloatArray y8) {
        int tensor = MultiTensor.tensor(context, layout, HalfCopyGrid.MOST);
        int chunk = MultiTensor.chunk(context, layout, tensor);
        int first = chunk * MultiTensor.CHUNK + UNIT * context.localIdx;
        int end = MultiTensor.end(layout, HalfCopyGrid.MOST, tensor, chunk);
        if (tensor == 0) {
            toHalf(x0, y0, first, end);
        } else if (tensor == 1) {
            toHalf(x1, y1, first, end);
        } else if (tensor == 2) {
            toHalf(x2, y2, first, end);
        } else if (tensor == 3) {
            toHalf(x3, y3, first, end);
        } else if (tensor == 4) {
            toHalf(x4, y4, first, end);
        } else if (tensor == 5) {
            toHalf(x5, y5, first, end);
        } else if (tensor == 6) {
            toHalf(x6, y6, first, end);
        } else if (tensor == 7) {
            toHalf(x7, y7, first, end);
        } else {
            toHalf(x8, y8, first, end);
        }
    }

    private static void toHalf(FloatArray x, HalfFloatArray y, int first, int end) {
        for (int e = first; e < end; e += UNIT * MultiTensor.THREADS) {
            if (e + UNIT <= end) {
                float[] values = Registers.floats(UNIT);
                int[] words = Registers.words(4);
                GlobalMemory.load4(values, 0, x, e);
                GlobalMemory.load4(values, 4, x, e + 4);
                Registers.set(words, 0, Halves.pack(Registers.get(values, 0), Registers.get(values, 1)));
                Registers.set(words, 1, Halves.pack(Registers.get(values, 2), Registers.get(values, 3)));
                Registers.set(words, 2, Halves.pack(Registers.get(values, 4), Registers.get(values, 5)));
                Registers.set(words, 3, Halves.pack(Registers.get(values, 6), Registers.get(values, 7)));
                GlobalMemory.store8(y, e, words, 0);
            } else {
                for (int rest = e; rest < end; rest++) {
                    GlobalMemory.store(y, rest, GlobalMemory.load(x, rest));
                }
            }
        }
    }
}
