// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.gelu;

import dev.mixed.engine.Grid;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** GELU of halves that are there already, 16 bytes to a thread at once, with the formulas of the products that have GELU in their epilogue. */
final class GeluWide {
    private static final int THREADS = 256;
    /** Halves that a thread loads at once. */
    private static final int UNIT = 8;
    /** Elements to a block. */
    private static final int TILE = 2 * THREADS * UNIT;

    private GeluWide() {
    }

    static Grid grid(int elements) {
        return Grid.of(Math.ceilDiv(elements, TILE), THREADS);
    }

    /** y = x Phi(x); size = {elements}. */
    static void exact(KernelContext context, HalfFloatArray x, HalfFloatArray y, IntArray size) {
        int n = size.get(0);
        int first = context.groupIdx * TILE + context.localIdx * UNIT;
        int second = first + THREADS * UNIT;
        int[] low = Registers.words(4);
        int[] high = Registers.words(4);
        // Both loads are under way before either is used.
        if (first + UNIT <= n) {
            GlobalMemory.load8(low, 0, x, first);
        }
        if (second + UNIT <= n) {
            GlobalMemory.load8(high, 0, x, second);
        }
        put(low, x, y, first, n);
        put(high, x, y, second, n);
    }

    private static void put(int[] words, HalfFloatArray x, HalfFloatArray y, int at, int n) {
        if (at + UNIT <= n) {
            for (int i = 0; i < 4; i++) {
                int word = Registers.get(words, i);
                Registers.set(words, i, Halves.pack(GeluFast.value(Halves.low(word)), GeluFast.value(Halves.high(word))));
            }
            GlobalMemory.store8(y, at, words, 0);
        } else {
            for (int rest = at; rest < n; rest++) {
                GlobalMemory.store(y, rest, GeluFast.value(GlobalMemory.load(x, rest)));
            }
        }
    }
}
