// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.TensorMaps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Two or three products of {@link WgmmaGrid} with one operand in common, of one shape, in one launch: a single one of them has too few tiles for a GPU, and
 * each launch starts with no product to compute. A tile is summed as it would be alone. Of the tiles of one place, which share a slice of the common operand,
 * each product's follows the other's. Where there are but two products, the third one's arguments are not used.
 */
final class WgmmaJoinedGrid {
    /** Products of a launch at most. */
    static final int MOST = 3;

    private WgmmaJoinedGrid() {
    }

    /** The one of the launch's three that belongs to a member. By comparisons of which no compiler makes a switch, whose cases would assign. */
    static long pick(int member, long first, long second, long third) {
        return member > 1 ? third : member > 0 ? second : first;
    }

    /** ci = op(a) op(bi) + biasi. Tensor map 0 is of a, then come those of each b, and those of each c. */
    static void bias(KernelContext context, HalfFloatArray a, HalfFloatArray b0, HalfFloatArray b1, HalfFloatArray b2, HalfFloatArray bias0,
            HalfFloatArray bias1, HalfFloatArray bias2, HalfFloatArray c0, HalfFloatArray c1, HalfFloatArray c2, IntArray layout, int rows, int width,
            int stages, int alongA, int alongB) {
        int shared = SharedMemory.dynamic();
        int thread = context.localIdx;
        int group = thread >> 7;
        int full = WgmmaTile.barriers(shared, rows, width, stages, WgmmaGrid.STORES);
        int ring = WgmmaTile.firstStage(shared, WgmmaGrid.STORES);
        WgmmaTile.begin(thread, full, stages);
        if (group == 2) {
            Blocks.fewerRegisters(WgmmaTile.FEW_REGISTERS);
            if (thread == WgmmaTile.PRODUCER) {
                long mapA = TensorMaps.map(0, a);
                WgmmaTile.copyJoined(mapA, mapA, mapA, TensorMaps.map(1, b0), TensorMaps.map(2, b1), TensorMaps.map(3, b2), context.groupIdx, rows, width,
                        stages, alongA, alongB, ring, full, layout);
            }
        } else {
            Blocks.moreRegisters(WgmmaTile.MANY_REGISTERS);
            int n = layout.get(WgmmaProducts.N);
            int across = layout.get(WgmmaProducts.ACROSS);
            int items = layout.get(WgmmaProducts.ITEMS);
            int steps = layout.get(WgmmaProducts.STEPS);
            int members = layout.get(WgmmaProducts.MEMBERS);
            int blocks = Blocks.gridX();
            int lane = thread & 31;
            int boxes = shared + group * WgmmaGrid.STORES * WgmmaTile.BOX;
            int count = 0;
            for (int item = context.groupIdx; item < items; item += blocks) {
                float[] low = Registers.floats(width / 2);
                float[] high = Registers.floats(width / 2);
                WgmmaTile.multiply(low, high, group, lane, count, steps, rows, width, stages, alongA, alongB, ring, full);
                count += steps;
                int member = item % members;
                int tile = item / members;
                int top = tile / across * 2 * rows + group * rows;
                int side = tile % across * width;
                long bias = pick(member, Addresses.reading(bias0), Addresses.reading(bias1), Addresses.reading(bias2));
                rows(low, bias, c0, c1, c2, member, boxes, thread, top, side, n, width);
                if (rows == 128) {
                    rows(high, bias, c0, c1, c2, member, boxes, thread, top + 64, side, n, width);
                }
            }
            if ((thread & 127) == 0) {
                TensorMaps.awaitRead(0);
            }
        }
    }

    /** Stores 64 rows. The steps stand one by one, so that the sums stay in registers. */
    private static void rows(float[] sums, long bias, HalfFloatArray c0, HalfFloatArray c1, HalfFloatArray c2, int member, int boxes, int thread, int top,
            int side, int n, int width) {
        chunk(0, sums, bias, c0, c1, c2, member, boxes, thread, top, side, n);
        if (width > 64) {
            chunk(1, sums, bias, c0, c1, c2, member, boxes, thread, top, side, n);
        }
        if (width > 128) {
            chunk(2, sums, bias, c0, c1, c2, member, boxes, thread, top, side, n);
        }
        if (width > 192) {
            chunk(3, sums, bias, c0, c1, c2, member, boxes, thread, top, side, n);
        }
    }

    /** Stores 64 columns, as {@link WgmmaGrid} does. */
    private static void chunk(int chunk, float[] sums, long bias, HalfFloatArray c0, HalfFloatArray c1, HalfFloatArray c2, int member, int boxes, int thread,
            int top, int side, int n) {
        int group = thread >> 7;
        int left = side + 64 * chunk;
        int column = left + (thread & 3) * 2;
        int[] words = Registers.words(16);
        for (int j = 0; j < 8; j++) {
            int at = (chunk * 8 + j) * 4;
            // Columns beyond the edge are not stored: any number will do.
            int both = Addresses.read2(bias, Math.min(column + j * 8, n - 2));
            Registers.set(words, 2 * j, Halves.pack(Registers.get(sums, at) + Halves.low(both), Registers.get(sums, at + 1) + Halves.high(both)));
            Registers.set(words, 2 * j + 1, Halves.pack(Registers.get(sums, at + 2) + Halves.low(both), Registers.get(sums, at + 3) + Halves.high(both)));
        }
        int box = boxes + (chunk & 1) * WgmmaTile.BOX;
        WgmmaBoxes.free(chunk == 0 ? 0 : 1, group, thread);
        WgmmaBoxes.fill(words, box, group, WgmmaBoxes.place(thread));
        if ((thread & 127) == 0) {
            if (member > 1) {
                TensorMaps.store(c2, TensorMaps.map(6, c2), box, left, top);
            } else if (member > 0) {
                TensorMaps.store(c1, TensorMaps.map(5, c1), box, left, top);
            } else {
                TensorMaps.store(c0, TensorMaps.map(4, c0), box, left, top);
            }
            TensorMaps.commit();
        }
    }

    /** ci = op(ai) op(b) in floats; {@code add} is 1 for a sum with what it held. Parts of k are stored apart. Tensor map 3 is of b, those before of each a. */
    static void floats(KernelContext context, HalfFloatArray a0, HalfFloatArray a1, HalfFloatArray a2, HalfFloatArray b, FloatArray c0, FloatArray c1,
            FloatArray c2, IntArray layout, int rows, int width, int stages, int alongA, int alongB, int add) {
        int shared = SharedMemory.dynamic();
        int thread = context.localIdx;
        int group = thread >> 7;
        int full = WgmmaTile.barriers(shared, rows, width, stages, 0);
        int ring = WgmmaTile.firstStage(shared, 0);
        WgmmaTile.begin(thread, full, stages);
        if (group == 2) {
            Blocks.fewerRegisters(WgmmaTile.FEW_REGISTERS);
            if (thread == WgmmaTile.PRODUCER) {
                long mapB = TensorMaps.map(3, b);
                WgmmaTile.copyJoined(TensorMaps.map(0, a0), TensorMaps.map(1, a1), TensorMaps.map(2, a2), mapB, mapB, mapB, context.groupIdx, rows, width,
                        stages, alongA, alongB, ring, full, layout);
            }
        } else {
            Blocks.moreRegisters(WgmmaTile.MANY_REGISTERS);
            int across = layout.get(WgmmaProducts.ACROSS);
            int items = layout.get(WgmmaProducts.ITEMS);
            int parts = layout.get(WgmmaProducts.PARTS);
            int depth = layout.get(WgmmaProducts.PART_STEPS);
            int members = layout.get(WgmmaProducts.MEMBERS);
            int blocks = Blocks.gridX();
            int lane = thread & 31;
            int count = 0;
            for (int item = context.groupIdx; item < items; item += blocks) {
                int member = item % members;
                int tile = item / members / parts;
                int part = item / members % parts;
                int steps = Math.min(depth, layout.get(WgmmaProducts.STEPS) - part * depth);
                float[] low = Registers.floats(width / 2);
                float[] high = Registers.floats(width / 2);
                WgmmaTile.multiply(low, high, group, lane, count, steps, rows, width, stages, alongA, alongB, ring, full);
                count += steps;
                int top = tile / across * 2 * rows + group * rows + (thread >> 5 & 3) * 16 + (lane >> 2);
                int side = tile % across * width + (lane & 3) * 2;
                long c = pick(member, Addresses.of(c0), Addresses.of(c1), Addresses.of(c2));
                WgmmaGrid.storeFloats(low, c, layout, part, top, side, width, add);
                if (rows == 128) {
                    WgmmaGrid.storeFloats(high, c, layout, part, top + 64, side, width, add);
                }
            }
        }
    }
}
