// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Copies a matrix of halves so that each row begins at a multiple of 16 bytes, which tensor maps need. */
final class AlignedRows {
    /** Halves in 16 bytes, the least unit of a tensor map's strides. */
    static final int UNIT = 8;
    static final int THREADS = 256;
    /** The ints that the kernel reads. */
    private static final int ROWS = 0, N = 1, UNITS = 2;

    private AlignedRows() {
    }

    /** Elements from one row of the copy to the next, for rows of {@code n}. */
    static int stride(int n) {
        return Math.ceilDiv(n, UNIT) * UNIT;
    }

    /** The kernel's layout for [rows, n]. */
    static int[] layout(int rows, int n) {
        return new int[] {rows, n, stride(n) / UNIT};
    }

    /** y[r, c] = x[r, c] for c below n, and 0 up to the next row's begin; {@code size} is {@link #layout}. A thread writes 16 bytes. */
    static void copy(KernelContext context, HalfFloatArray x, HalfFloatArray y, IntArray size) {
        int units = size.get(UNITS);
        int n = size.get(N);
        int i = context.globalIdx;
        int row = i / units;
        int column = i % units * UNIT;
        if (row < size.get(ROWS)) {
            int from = row * n + column;
            int left = n - column;
            int[] words = Registers.words(UNIT / 2);
            Registers.set(words, 0, pair(x, from, left));
            Registers.set(words, 1, pair(x, from + 2, left - 2));
            Registers.set(words, 2, pair(x, from + 4, left - 4));
            Registers.set(words, 3, pair(x, from + 6, left - 6));
            GlobalMemory.store8(y, UNIT * i, words, 0);
        }
    }

    /** Two neighbours, of which only the first {@code left} are there. */
    private static int pair(HalfFloatArray x, int at, int left) {
        float low = 0f;
        float high = 0f;
        if (left > 0) {
            low = GlobalMemory.load(x, at);
        }
        if (left > 1) {
            high = GlobalMemory.load(x, at + 1);
        }
        return Halves.pack(low, high);
    }
}
