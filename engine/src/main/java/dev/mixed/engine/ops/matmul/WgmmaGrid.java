// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.gelu.GeluFast;
import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.TensorMaps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products of halves by Hopper's wgmma, c [m, n] = op(a) op(b) with sums in float: as many blocks as the GPU has multiprocessors take tiles of
 * {@code 2 rows x width} one after the other. Tensor maps 0 and 1 are of a and b, 2 and 3 of c and of its GELU; {@code alongA} is 1 where a is stored
 * [m, k] and 0 where it is stored [k, m], {@code alongB} 1 where b is stored [n, k] and 0 where it is stored [k, n]. The ints of the layout are those
 * of {@link WgmmaProducts}.
 */
final class WgmmaGrid {
    /** What becomes of a sum that is stored as a half: that alone; after a bias; the same and its GELU; the GELU alone. And the first of a sum of products. */
    static final int STORE = 0, BIAS = 1, BIAS_GELU = 2, GELU = 3, DEEP = 4;
    /** Boxes of 64 columns that a warpgroup fills in turns. */
    static final int STORES = 2;

    private WgmmaGrid() {
    }

    /** c = op(a) op(b). */
    static void store(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, IntArray layout, int rows, int width, int stages, int alongA,
            int alongB) {
        halves(context, a, b, a, c, c, a, b, a, b, layout, rows, width, stages, alongA, alongB, STORE);
    }

    /**
     * c = the sum of two or three products, rounded once: op(a) op(b) + op(a1) op(b1) + op(a2) op(b2). Maps 3 to 6 are of the further operands; in the layout,
     * the depth is that of all products, and the depth of a part that of one.
     */
    static void sum(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, HalfFloatArray a1, HalfFloatArray b1, HalfFloatArray a2,
            HalfFloatArray b2, IntArray layout, int rows, int width, int stages, int alongA, int alongB) {
        halves(context, a, b, a, c, c, a1, b1, a2, b2, layout, rows, width, stages, alongA, alongB, DEEP);
    }

    /** c = op(a) op(b) + bias. */
    static void bias(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray c, IntArray layout, int rows, int width,
            int stages, int alongA, int alongB) {
        halves(context, a, b, bias, c, c, a, b, a, b, layout, rows, width, stages, alongA, alongB, BIAS);
    }

    /** c = GELU(op(a) op(b) + bias). */
    static void gelu(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray c, IntArray layout, int rows, int width,
            int stages, int alongA, int alongB) {
        halves(context, a, b, bias, c, c, a, b, a, b, layout, rows, width, stages, alongA, alongB, GELU);
    }

    /** c = op(a) op(b) + bias, activated = GELU(c). */
    static void biasGelu(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray c, HalfFloatArray activated,
            IntArray layout, int rows, int width, int stages, int alongA, int alongB) {
        halves(context, a, b, bias, c, activated, a, b, a, b, layout, rows, width, stages, alongA, alongB, BIAS_GELU);
    }

    private static void halves(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray c, HalfFloatArray activated,
            HalfFloatArray a1, HalfFloatArray b1, HalfFloatArray a2, HalfFloatArray b2, IntArray layout, int rows, int width, int stages, int alongA,
            int alongB, int kind) {
        int shared = SharedMemory.dynamic();
        int thread = context.localIdx;
        int group = thread >> 7;
        int full = WgmmaTile.barriers(shared, rows, width, stages, STORES);
        int ring = WgmmaTile.firstStage(shared, STORES);
        WgmmaTile.begin(thread, full, stages);
        if (group == 2) {
            Blocks.fewerRegisters(WgmmaTile.FEW_REGISTERS);
            if (thread == WgmmaTile.PRODUCER) {
                if (kind == DEEP) {
                    WgmmaTile.copyDeep(TensorMaps.map(0, a), TensorMaps.map(1, b), TensorMaps.map(3, a1), TensorMaps.map(4, b1), TensorMaps.map(5, a2),
                            TensorMaps.map(6, b2), context.groupIdx, rows, width, stages, alongA, alongB, ring, full, layout);
                } else {
                    WgmmaTile.copy(a, b, context.groupIdx, rows, width, stages, alongA, alongB, ring, full, layout);
                }
            }
        } else {
            Blocks.moreRegisters(WgmmaTile.MANY_REGISTERS);
            int n = layout.get(WgmmaProducts.N);
            int across = layout.get(WgmmaProducts.ACROSS);
            int items = layout.get(WgmmaProducts.ITEMS);
            int steps = layout.get(WgmmaProducts.STEPS);
            int blocks = Blocks.gridX();
            int lane = thread & 31;
            int boxes = shared + group * STORES * WgmmaTile.BOX;
            int count = 0;
            for (int item = context.groupIdx; item < items; item += blocks) {
                int top = item / across * 2 * rows + group * rows;
                int side = item % across * width;
                float[] low = Registers.floats(width / 2);
                float[] high = Registers.floats(width / 2);
                WgmmaTile.multiply(low, high, group, lane, count, steps, rows, width, stages, alongA, alongB, ring, full);
                count += steps;
                rows(low, bias, c, activated, boxes, thread, top, side, n, width, kind);
                if (rows == 128) {
                    rows(high, bias, c, activated, boxes, thread, top + 64, side, n, width, kind);
                }
            }
            if ((thread & 127) == 0) {
                TensorMaps.awaitRead(0);
            }
        }
    }

    /** Stores 64 rows. The steps stand one by one: a compiler that left them as a loop would put the sums into memory. */
    private static void rows(float[] sums, HalfFloatArray bias, HalfFloatArray c, HalfFloatArray activated, int boxes, int thread, int top, int side, int n,
            int width, int kind) {
        chunk(0, sums, bias, c, activated, boxes, thread, top, side, n, kind);
        if (width > 64) {
            chunk(1, sums, bias, c, activated, boxes, thread, top, side + 64, n, kind);
        }
        if (width > 128) {
            chunk(2, sums, bias, c, activated, boxes, thread, top, side + 128, n, kind);
        }
        if (width > 192) {
            chunk(3, sums, bias, c, activated, boxes, thread, top, side + 192, n, kind);
        }
    }

    /** Stores 64 columns: through boxes in shared memory, which tensor maps write in whole lines and cut at the edges. */
    private static void chunk(int chunk, float[] sums, HalfFloatArray bias, HalfFloatArray c, HalfFloatArray activated, int boxes, int thread, int top,
            int left,
            int n, int kind) {
        int group = thread >> 7;
        int lane = thread & 31;
        int place = WgmmaBoxes.place(thread);
        int column = left + (lane & 3) * 2;
        int[] words = Registers.words(16);
        for (int j = 0; j < 8; j++) {
            int at = (chunk * 8 + j) * 4;
            float first = Registers.get(sums, at);
            float second = Registers.get(sums, at + 1);
            float third = Registers.get(sums, at + 2);
            float fourth = Registers.get(sums, at + 3);
            // Columns beyond the edge are not stored: any number will do.
            int near = Math.min(column + j * 8, n - 2);
            if (kind == BIAS || kind == BIAS_GELU || kind == GELU) {
                int both = GlobalMemory.read2(bias, near);
                first += Halves.low(both);
                second += Halves.high(both);
                third += Halves.low(both);
                fourth += Halves.high(both);
            }
            Registers.set(words, 2 * j, Halves.pack(first, second));
            Registers.set(words, 2 * j + 1, Halves.pack(third, fourth));
        }
        if (kind == GELU) {
            gelu(words);
        }
        int box = kind == BIAS_GELU ? 0 : chunk & 1;
        WgmmaBoxes.put(words, c, TensorMaps.map(2, c), boxes + box * WgmmaTile.BOX, chunk == 0 ? 0 : 1, group, thread, place, left, top);
        if (kind == BIAS_GELU) {
            gelu(words);
            WgmmaBoxes.put(words, activated, TensorMaps.map(3, activated), boxes + WgmmaTile.BOX, 1, group, thread, place, left, top);
        }
    }

    /** GELU of what is stored, or would be: the same bits whether it is taken here or later. */
    private static void gelu(int[] words) {
        for (int i = 0; i < 16; i++) {
            int word = Registers.get(words, i);
            Registers.set(words, i, Halves.pack(GeluFast.value(Halves.low(word)), GeluFast.value(Halves.high(word))));
        }
    }

    /** Into floats; {@code add} is 1 for a sum with what c held. Parts of k are stored apart. */
    static void floats(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c, IntArray layout, int rows, int width, int stages, int alongA,
            int alongB, int add) {
        int shared = SharedMemory.dynamic();
        int thread = context.localIdx;
        int group = thread >> 7;
        int full = WgmmaTile.barriers(shared, rows, width, stages, 0);
        int ring = WgmmaTile.firstStage(shared, 0);
        WgmmaTile.begin(thread, full, stages);
        if (group == 2) {
            Blocks.fewerRegisters(WgmmaTile.FEW_REGISTERS);
            if (thread == WgmmaTile.PRODUCER) {
                WgmmaTile.copy(a, b, context.groupIdx, rows, width, stages, alongA, alongB, ring, full, layout);
            }
        } else {
            Blocks.moreRegisters(WgmmaTile.MANY_REGISTERS);
            int across = layout.get(WgmmaProducts.ACROSS);
            int items = layout.get(WgmmaProducts.ITEMS);
            int parts = layout.get(WgmmaProducts.PARTS);
            int depth = layout.get(WgmmaProducts.PART_STEPS);
            int blocks = Blocks.gridX();
            int lane = thread & 31;
            int count = 0;
            for (int item = context.groupIdx; item < items; item += blocks) {
                int tile = item / parts;
                int part = item % parts;
                int steps = Math.min(depth, layout.get(WgmmaProducts.STEPS) - part * depth);
                int top = tile / across * 2 * rows + group * rows + (thread >> 5 & 3) * 16 + (lane >> 2);
                int side = tile % across * width + (lane & 3) * 2;
                float[] low = Registers.floats(width / 2);
                float[] high = Registers.floats(width / 2);
                WgmmaTile.multiply(low, high, group, lane, count, steps, rows, width, stages, alongA, alongB, ring, full);
                count += steps;
                storeFloats(low, Addresses.of(c), layout, part, top, side, width, add);
                if (rows == 128) {
                    storeFloats(high, Addresses.of(c), layout, part, top + 64, side, width, add);
                }
            }
        }
    }

    /** Stores a thread's floats of 64 rows in the array at an address; four lanes fill a sector of 32 bytes. */
    static void storeFloats(float[] sums, long c, IntArray layout, int part, int row, int column, int width, int add) {
        int m = layout.get(WgmmaProducts.M);
        int n = layout.get(WgmmaProducts.N);
        int ld = layout.get(WgmmaProducts.LDC);
        int at = part * layout.get(WgmmaProducts.C_PART) + row * ld + column;
        for (int j = 0; j < width / 8; j++) {
            if (column + 8 * j < n) {
                pair(sums, 4 * j, c, at + 8 * j, row, m, add);
                pair(sums, 4 * j + 2, c, at + 8 * ld + 8 * j, row + 8, m, add);
            }
        }
    }

    private static void pair(float[] sums, int i, long c, int at, int row, int m, int add) {
        if (row < m) {
            float first = Registers.get(sums, i);
            float second = Registers.get(sums, i + 1);
            if (add != 0) {
                first += Addresses.load(c, at);
                second += Addresses.load(c, at + 1);
            }
            Addresses.store2(c, at, first, second);
        }
    }
}
