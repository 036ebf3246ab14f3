// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.gelu.GeluFast;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * A product's epilogue: x = sum + bias, then c = x, or c = GELU(x) + added, or c = x and activated = GELU(x), each step where {@link Layout} asks for
 * it. Sums come from shared memory, row by row, and leave 16 bytes at a time where the result allows it.
 */
final class ProductStore {
    /** Floats by which a row of a tile's result is longer in shared memory. */
    static final int PAD = 8;
    /** Neighbouring columns of a tile of floats have changed places in shared memory: an odd one is where an even one is expected. */
    static final int PAIRS = 1;

    private ProductStore() {
    }

    /**
     * Stores {@link MmaTile#STAGED_ROWS} rows of a tile, 8 elements at a time.
     *
     * @param values 8 registers; words: 4 registers
     * @param at     where the entry of the batch starts in c
     * @param top    the first row of the upper {@code unit} rows; those of the lower ones lie {@code spread} further down
     * @param side   the tile's first column
     */
    static void halves(int shared, HalfFloatArray bias, HalfFloatArray added, HalfFloatArray c, HalfFloatArray activated, IntArray layout, float[] values,
            int[] words, int at, int top, int spread, int side, int thread, int edge) {
        int m = GlobalMemory.read(layout, Layout.M);
        int n = GlobalMemory.read(layout, Layout.N);
        int biased = GlobalMemory.read(layout, Layout.BIAS);
        int gelu = GlobalMemory.read(layout, Layout.GELU);
        int twice = GlobalMemory.read(layout, Layout.ACTIVATED);
        int adds = GlobalMemory.read(layout, Layout.ADD);
        int chunk = thread % (edge / 8) * 8;
        int column = side + chunk;
        int turns = Registers.opaque(edge / 16);
        for (int turn = 0; turn < turns; turn++) {
            int line = thread / (edge / 8) + turn * (1024 / edge);
            int row = top + (line >> 5) * spread + (line & 31);
            int from = shared + (line * (edge + PAD) + chunk) * 4;
            int to = at + row * GlobalMemory.read(layout, Layout.LDC) + column;
            if (row < m) {
                if (column < n) {
                    if (GlobalMemory.read(layout, Layout.WHOLE) != 0) {
                        SharedMemory.load4(values, 0, from);
                        SharedMemory.load4(values, 4, from + 16);
                        if (biased != 0) {
                            GlobalMemory.load8(words, 0, bias, column);
                            add(values, words);
                        }
                        if (twice != 0) {
                            pack(words, values);
                            GlobalMemory.store8(c, to, words, 0);
                        }
                        if (gelu != 0) {
                            gelu(words, values);
                        }
                        if (adds != 0) {
                            GlobalMemory.load8(words, 0, added, to);
                            add(values, words);
                        }
                        pack(words, values);
                        if (twice != 0) {
                            GlobalMemory.store8(activated, to, words, 0);
                        } else {
                            GlobalMemory.store8(c, to, words, 0);
                        }
                    } else {
                        int count = Math.min(8, n - column);
                        for (int e = 0; e < count; e++) {
                            float x = SharedMemory.loadFloat(from + 4 * e);
                            if (biased != 0) {
                                x += GlobalMemory.read(bias, column + e);
                            }
                            float y = x;
                            if (gelu != 0) {
                                y = GeluFast.value(Halves.low(Halves.pack(x, 0f)));
                            }
                            if (adds != 0) {
                                y += GlobalMemory.load(added, to + e);
                            }
                            if (twice != 0) {
                                GlobalMemory.store(c, to + e, x);
                                GlobalMemory.store(activated, to + e, y);
                            } else {
                                GlobalMemory.store(c, to + e, y);
                            }
                        }
                    }
                }
            }
        }
    }

    private static void add(float[] values, int[] words) {
        for (int i = 0; i < 4; i++) {
            Registers.set(values, 2 * i, Registers.get(values, 2 * i) + Halves.low(Registers.get(words, i)));
            Registers.set(values, 2 * i + 1, Registers.get(values, 2 * i + 1) + Halves.high(Registers.get(words, i)));
        }
    }

    /** GELU of what is stored, or would be: the same bits whether it is taken here or later. */
    private static void gelu(int[] words, float[] values) {
        pack(words, values);
        for (int i = 0; i < 4; i++) {
            Registers.set(values, 2 * i, GeluFast.value(Halves.low(Registers.get(words, i))));
            Registers.set(values, 2 * i + 1, GeluFast.value(Halves.high(Registers.get(words, i))));
        }
    }

    private static void pack(int[] words, float[] values) {
        for (int i = 0; i < 4; i++) {
            Registers.set(words, i, Halves.pack(Registers.get(values, 2 * i), Registers.get(values, 2 * i + 1)));
        }
    }

    /**
     * Stores {@code rows} rows of a tile of {@code columns} columns, 4 elements at a time.
     *
     * @param values 4 registers; more: 4 registers
     * @param at     where the entry of the batch and part starts in c
     * @param top    the first row of the upper {@code unit} rows, a power of 2; those of the lower ones lie {@code spread} further down
     * @param side   the tile's first column
     * @param order  {@link #PAIRS} or 0
     */
    static void floats(int shared, FloatArray bias, FloatArray added, FloatArray c, FloatArray activated, IntArray layout, float[] values, float[] more,
            int at, int top, int unit, int spread, int side, int thread, int threads, int rows, int columns, int order) {
        int m = GlobalMemory.read(layout, Layout.M);
        int n = GlobalMemory.read(layout, Layout.N);
        int biased = GlobalMemory.read(layout, Layout.BIAS);
        int gelu = GlobalMemory.read(layout, Layout.GELU);
        int twice = GlobalMemory.read(layout, Layout.ACTIVATED);
        int adds = GlobalMemory.read(layout, Layout.ADD);
        int chunk = thread % (columns / 4) * 4;
        int column = side + chunk;
        int turns = Registers.opaque(rows * columns / 4 / threads);
        for (int turn = 0; turn < turns; turn++) {
            int line = thread / (columns / 4) + turn * (threads / (columns / 4));
            int row = top + line / unit * spread + line % unit;
            int from = shared + (line * (columns + PAD) + chunk) * 4;
            int to = at + row * GlobalMemory.read(layout, Layout.LDC) + column;
            if (row < m) {
                if (column < n) {
                    if (GlobalMemory.read(layout, Layout.WHOLE) != 0) {
                        if (order == PAIRS) {
                            SharedMemory.load4(more, 0, from);
                            for (int i = 0; i < 4; i++) {
                                Registers.set(values, i, Registers.get(more, i ^ 1));
                            }
                        } else {
                            SharedMemory.load4(values, 0, from);
                        }
                        if (biased != 0) {
                            GlobalMemory.load4(more, 0, bias, column);
                            add(values, more);
                        }
                        if (twice != 0) {
                            GlobalMemory.store4(c, to, values, 0);
                        }
                        if (gelu != 0) {
                            for (int i = 0; i < 4; i++) {
                                Registers.set(values, i, Gelu.value(Registers.get(values, i)));
                            }
                        }
                        if (adds != 0) {
                            GlobalMemory.load4(more, 0, added, to);
                            add(values, more);
                        }
                        if (twice != 0) {
                            GlobalMemory.store4(activated, to, values, 0);
                        } else {
                            GlobalMemory.store4(c, to, values, 0);
                        }
                    } else {
                        int count = Math.min(4, n - column);
                        for (int e = 0; e < count; e++) {
                            float x = SharedMemory.loadFloat(from + 4 * (e ^ order));
                            if (biased != 0) {
                                x += GlobalMemory.read(bias, column + e);
                            }
                            float y = x;
                            if (gelu != 0) {
                                y = Gelu.value(x);
                            }
                            if (adds != 0) {
                                y += GlobalMemory.load(added, to + e);
                            }
                            if (twice != 0) {
                                GlobalMemory.store(c, to + e, x);
                                GlobalMemory.store(activated, to + e, y);
                            } else {
                                GlobalMemory.store(c, to + e, y);
                            }
                        }
                    }
                }
            }
        }
    }

    private static void add(float[] values, float[] more) {
        for (int i = 0; i < 4; i++) {
            Registers.set(values, i, Registers.get(values, i) + Registers.get(more, i));
        }
    }
}
