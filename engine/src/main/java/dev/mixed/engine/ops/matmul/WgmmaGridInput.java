// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.gelu.GeluFast;
import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.TensorMaps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The products of {@link WgmmaGrid} that take a matrix of the result's shape besides. Its boxes arrive by a tensor map: the first while the products
 * are summed, each of the others while the one before is worked on, and the results leave from the same boxes.
 */
final class WgmmaGridInput {
    /** What becomes of a sum: added to what c held; multiplied by GELU's derivative; the same, which is then summed over rows; a sum of products added to what c held. */
    static final int ADD = 0, GELU_BACKWARD = 1, GELU_BACKWARD_SUMS = 2, DEEP_ADD = 3;
    /** Boxes of a warpgroup, and bytes of the barriers of both warpgroups' boxes. */
    static final int BOXES = 2, BARRIER_BYTES = 32;

    private WgmmaGridInput() {
    }

    /** c += op(a) op(b). */
    static void add(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, IntArray layout, int rows, int width, int stages, int alongA,
            int alongB) {
        multiply(context, a, b, c, TensorMaps.map(2, c), TensorMaps.map(2, c), a, b, a, b, layout, rows, width, stages, alongA, alongB, 0L, ADD);
    }

    /** c += the sum of two or three products, rounded once, as {@link WgmmaGrid#sum} takes them. */
    static void addSum(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, HalfFloatArray a1, HalfFloatArray b1, HalfFloatArray a2,
            HalfFloatArray b2, IntArray layout, int rows, int width, int stages, int alongA, int alongB) {
        multiply(context, a, b, c, TensorMaps.map(2, c), TensorMaps.map(2, c), a1, b1, a2, b2, layout, rows, width, stages, alongA, alongB, 0L, DEEP_ADD);
    }

    /** dx = (op(a) op(b)) GELU'(x), element by element. */
    static void geluBackward(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray x, HalfFloatArray dx, IntArray layout, int rows,
            int width,
            int stages, int alongA, int alongB) {
        multiply(context, a, b, dx, TensorMaps.map(2, dx), TensorMaps.map(3, x), a, b, a, b, layout, rows, width, stages, alongA, alongB, 0L, GELU_BACKWARD);
    }

    /**
     * dx = (op(a) op(b)) GELU'(x), and beside it the sums of its columns, before they are rounded, over {@link WgmmaColumns#ROWS} rows each: partials
     * [tiles' rows / 64, n]. Rows of tiles beyond m are zeros, and count nothing.
     */
    static void geluBackwardSums(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray x, HalfFloatArray dx, FloatArray partials,
            IntArray layout, int rows, int width, int stages, int alongA, int alongB) {
        multiply(context, a, b, dx, TensorMaps.map(2, dx), TensorMaps.map(3, x), a, b, a, b, layout, rows, width, stages, alongA, alongB,
                Addresses.of(partials),
                GELU_BACKWARD_SUMS);
    }

    private static void multiply(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, long mapC, long mapX, HalfFloatArray a1,
            HalfFloatArray b1, HalfFloatArray a2, HalfFloatArray b2, IntArray layout, int rows, int width, int stages, int alongA, int alongB, long partials,
            int kind) {
        int shared = SharedMemory.dynamic();
        int thread = context.localIdx;
        int group = thread >> 7;
        int full = WgmmaTile.barriers(shared, rows, width, stages, BOXES);
        int ring = WgmmaTile.firstStage(shared, BOXES);
        int arrived = full + 16 * stages;
        if (thread == 32) {
            for (int i = 0; i < 4; i++) {
                Mbarriers.init(arrived + 8 * i, 1);
            }
            Mbarriers.fenceInit();
        }
        WgmmaTile.begin(thread, full, stages);
        if (group == 2) {
            Blocks.fewerRegisters(WgmmaTile.FEW_REGISTERS);
            if (thread == WgmmaTile.PRODUCER) {
                if (kind == DEEP_ADD) {
                    WgmmaTile.copyDeep(TensorMaps.map(0, a), TensorMaps.map(1, b), TensorMaps.map(3, a1), TensorMaps.map(4, b1), TensorMaps.map(5, a2),
                            TensorMaps.map(6, b2), context.groupIdx, rows, width, stages, alongA, alongB, ring, full, layout);
                } else {
                    WgmmaTile.copy(a, b, context.groupIdx, rows, width, stages, alongA, alongB, ring, full, layout);
                }
            }
        } else {
            Blocks.moreRegisters(WgmmaTile.MANY_REGISTERS);
            int across = layout.get(WgmmaProducts.ACROSS);
            int items = layout.get(WgmmaProducts.ITEMS);
            int steps = layout.get(WgmmaProducts.STEPS);
            int n = layout.get(WgmmaProducts.N);
            int columns = arrived + BARRIER_BYTES;
            int blocks = Blocks.gridX();
            int lane = thread & 31;
            int boxes = shared + group * BOXES * WgmmaTile.BOX;
            int barriers = arrived + group * 16;
            int count = 0;
            int taken = 0;
            for (int item = context.groupIdx; item < items; item += blocks) {
                int top = item / across * 2 * rows + group * rows;
                int side = item % across * width;
                request(mapX, thread, boxes, barriers, taken, side, top);
                float[] low = Registers.floats(width / 2);
                float[] high = Registers.floats(width / 2);
                WgmmaTile.multiply(low, high, group, lane, count, steps, rows, width, stages, alongA, alongB, ring, full);
                count += steps;
                rows(low, c, mapC, mapX, boxes, barriers, thread, taken, top, side, width, rows == 128 ? 1 : 0, columns, partials, n, kind);
                taken += width / 64;
                if (rows == 128) {
                    rows(high, c, mapC, mapX, boxes, barriers, thread, taken, top + 64, side, width, 0, columns, partials, n, kind);
                    taken += width / 64;
                }
            }
            if ((thread & 127) == 0) {
                TensorMaps.awaitRead(0);
            }
        }
    }

    /** Asks for a box, the warpgroup's number {@code taken}, once all of its stores have read theirs. */
    static void request(long mapX, int thread, int boxes, int barriers, int taken, int left, int top) {
        if ((thread & 127) == 0) {
            int barrier = barriers + (taken & 1) * 8;
            TensorMaps.awaitRead(0);
            Mbarriers.arriveExpecting(barrier, WgmmaTile.BOX);
            TensorMaps.copy(boxes + (taken & 1) * WgmmaTile.BOX, mapX, barrier, left, top);
        }
    }

    /** Works on 64 rows, box by box; {@code more}: 64 rows follow below. The steps stand one by one, so that the sums stay in registers. */
    private static void rows(float[] sums, HalfFloatArray c, long mapC, long mapX, int boxes, int barriers, int thread, int taken, int top, int side, int width,
            int more, int columns, long partials, int n, int kind) {
        box(0, sums, c, mapC, mapX, boxes, barriers, thread, taken, top, side, width, more, columns, partials, n, kind);
        if (width > 64) {
            box(1, sums, c, mapC, mapX, boxes, barriers, thread, taken, top, side, width, more, columns, partials, n, kind);
        }
        if (width > 128) {
            box(2, sums, c, mapC, mapX, boxes, barriers, thread, taken, top, side, width, more, columns, partials, n, kind);
        }
        if (width > 192) {
            box(3, sums, c, mapC, mapX, boxes, barriers, thread, taken, top, side, width, more, columns, partials, n, kind);
        }
    }

    private static void box(int chunk, float[] sums, HalfFloatArray c, long mapC, long mapX, int boxes, int barriers, int thread, int taken, int top, int side,
            int width, int more, int columns, long partials, int n, int kind) {
        int number = taken + chunk;
        if (chunk < width / 64 - 1) {
            request(mapX, thread, boxes, barriers, number + 1, side + 64 * chunk + 64, top);
        } else if (more != 0) {
            request(mapX, thread, boxes, barriers, number + 1, side, top + 64);
        }
        int box = boxes + (number & 1) * WgmmaTile.BOX;
        int place = WgmmaBoxes.place(thread);
        int[] words = Registers.words(16);
        float[] pairs = Registers.floats(16);
        Mbarriers.await(barriers + (number & 1) * 8, number >> 1 & 1);
        for (int q = 0; q < 4; q++) {
            Matrices.load(words, 4 * q, box + (place ^ q * 32));
        }
        for (int i = 0; i < 16; i++) {
            int at = chunk * 32 + 2 * i;
            int word = Registers.get(words, i);
            float first = Registers.get(sums, at);
            float second = Registers.get(sums, at + 1);
            if (kind == ADD || kind == DEEP_ADD) {
                first += Halves.low(word);
                second += Halves.high(word);
            } else {
                first *= GeluFast.derivative(Halves.low(word));
                second *= GeluFast.derivative(Halves.high(word));
            }
            Registers.set(words, i, Halves.pack(first, second));
            if (kind == GELU_BACKWARD_SUMS) {
                // Words 2 j and 2 j + 1 are of the same columns.
                Registers.set(pairs, i & ~1, Registers.get(pairs, i & ~1) + first);
                Registers.set(pairs, i | 1, Registers.get(pairs, i | 1) + second);
            }
        }
        int own = WgmmaColumns.place(columns, thread >> 7, number & 1);
        if (kind == GELU_BACKWARD_SUMS) {
            WgmmaColumns.leave(pairs, own, thread);
        }
        WgmmaBoxes.store(words, c, mapC, box, thread >> 7, thread, place, side + 64 * chunk, top);
        if (kind == GELU_BACKWARD_SUMS) {
            WgmmaColumns.store(partials, (top >> 6) * n, own, thread, side + 64 * chunk, n);
        }
    }
}
