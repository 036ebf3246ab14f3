// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.TensorMaps;
import dev.mixed.intrinsics.Wgmma;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * How a block of {@link WgmmaGrid} multiplies: one thread of a third warpgroup copies slices of a and b, {@link #DEPTH} deep, into a ring of stages in
 * shared memory; two warpgroups multiply them, each its half of the tile's rows. Two mbarriers stand for each stage: it is full, it is empty.
 */
final class WgmmaTile {
    /** Threads of a block. */
    static final int THREADS = 384;
    /** Depth of a stage: a row of 128 bytes. */
    static final int DEPTH = 64;
    /** Bytes of 64 rows of 128 bytes. */
    static final int BOX = 64 * 128;
    /** The first thread that copies. */
    static final int PRODUCER = 256;
    /** Registers of a thread that copies, and of one that multiplies: of 65,536 in all. */
    static final int FEW_REGISTERS = 40;
    static final int MANY_REGISTERS = 232;
    /** Warps that let a stage be filled again. */
    private static final int CONSUMER_WARPS = 8;
    /** Bytes of a barrier. */
    private static final int BARRIER = 8;

    private WgmmaTile() {
    }

    /** Bytes of a stage: tiles of 2 * rows rows and width columns. */
    static int stageBytes(int rows, int width) {
        return (2 * rows + width) * 128;
    }

    /** Where the first stage lies: behind the stores' boxes. */
    static int firstStage(int shared, int stores) {
        return shared + 2 * stores * BOX;
    }

    /** The barriers' place, behind the stages. */
    static int barriers(int shared, int rows, int width, int stages, int stores) {
        return firstStage(shared, stores) + stages * stageBytes(rows, width);
    }

    /** Bytes of shared memory of a block whose warpgroups have {@code stores} boxes each for their results. */
    static int sharedBytes(int rows, int width, int stages, int stores) {
        return barriers(0, rows, width, stages, stores) + 2 * BARRIER * stages + WgmmaGridInput.BARRIER_BYTES;
    }

    /** Makes the barriers; all threads call it. */
    static void begin(int thread, int full, int stages) {
        if (thread == 0) {
            for (int i = 0; i < stages; i++) {
                Mbarriers.init(full + BARRIER * i, 1);
                Mbarriers.init(full + BARRIER * (stages + i), CONSUMER_WARPS);
            }
            Mbarriers.fenceInit();
        }
        Blocks.barrier();
    }

    /** Copies the slices of the block's tiles, one after the other. One thread calls it. */
    static void copy(HalfFloatArray a, HalfFloatArray b, int item, int rows, int width, int stages, int alongA, int alongB, int ring, int full,
            IntArray layout) {
        long mapA = TensorMaps.map(0, a);
        long mapB = TensorMaps.map(1, b);
        int bytes = stageBytes(rows, width);
        int across = layout.get(WgmmaProducts.ACROSS);
        int items = layout.get(WgmmaProducts.ITEMS);
        int parts = layout.get(WgmmaProducts.PARTS);
        int depth = layout.get(WgmmaProducts.PART_STEPS);
        int steps = layout.get(WgmmaProducts.STEPS);
        int empty = full + BARRIER * stages;
        int blocks = Blocks.gridX();
        int stage = 0;
        int phase = 1;
        for (int at = item; at < items; at += blocks) {
            int tile = at / parts;
            int top = tile / across * 2 * rows;
            int side = tile % across * width;
            int from = at % parts * depth;
            int to = Math.min(from + depth, steps);
            for (int step = from; step < to; step++) {
                int barrier = full + BARRIER * stage;
                Mbarriers.await(empty + BARRIER * stage, phase);
                Mbarriers.arriveExpecting(barrier, bytes);
                slice(mapA, mapB, ring + stage * bytes, barrier, step * DEPTH, top, side, rows, width, alongA, alongB);
                stage++;
                if (stage == stages) {
                    stage = 0;
                    phase ^= 1;
                }
            }
        }
    }

    /** {@link #copy} for joined products: the first, the second and the third one's maps; the products' tiles of one place follow each other. */
    static void copyJoined(long a0, long a1, long a2, long b0, long b1, long b2, int item, int rows, int width, int stages, int alongA, int alongB, int ring,
            int full, IntArray layout) {
        int bytes = stageBytes(rows, width);
        int across = layout.get(WgmmaProducts.ACROSS);
        int items = layout.get(WgmmaProducts.ITEMS);
        int parts = layout.get(WgmmaProducts.PARTS);
        int depth = layout.get(WgmmaProducts.PART_STEPS);
        int steps = layout.get(WgmmaProducts.STEPS);
        int members = layout.get(WgmmaProducts.MEMBERS);
        int empty = full + BARRIER * stages;
        int blocks = Blocks.gridX();
        int stage = 0;
        int phase = 1;
        for (int at = item; at < items; at += blocks) {
            int member = at % members;
            long mapA = WgmmaJoinedGrid.pick(member, a0, a1, a2);
            long mapB = WgmmaJoinedGrid.pick(member, b0, b1, b2);
            int place = at / members;
            int tile = place / parts;
            int top = tile / across * 2 * rows;
            int side = tile % across * width;
            int from = place % parts * depth;
            int to = Math.min(from + depth, steps);
            for (int step = from; step < to; step++) {
                int barrier = full + BARRIER * stage;
                Mbarriers.await(empty + BARRIER * stage, phase);
                Mbarriers.arriveExpecting(barrier, bytes);
                slice(mapA, mapB, ring + stage * bytes, barrier, step * DEPTH, top, side, rows, width, alongA, alongB);
                stage++;
                if (stage == stages) {
                    stage = 0;
                    phase ^= 1;
                }
            }
        }
    }

    /** {@link #copy} for sums of products: the maps of each one's operands. A tile's slices are those of the first product, the second and the third one. */
    static void copyDeep(long a0, long b0, long a1, long b1, long a2, long b2, int item, int rows, int width, int stages, int alongA, int alongB, int ring,
            int full, IntArray layout) {
        int bytes = stageBytes(rows, width);
        int across = layout.get(WgmmaProducts.ACROSS);
        int items = layout.get(WgmmaProducts.ITEMS);
        int depth = layout.get(WgmmaProducts.PART_STEPS);
        int steps = layout.get(WgmmaProducts.STEPS);
        int empty = full + BARRIER * stages;
        int blocks = Blocks.gridX();
        int stage = 0;
        int phase = 1;
        for (int at = item; at < items; at += blocks) {
            int top = at / across * 2 * rows;
            int side = at % across * width;
            for (int step = 0; step < steps; step++) {
                int member = step / depth;
                int barrier = full + BARRIER * stage;
                Mbarriers.await(empty + BARRIER * stage, phase);
                Mbarriers.arriveExpecting(barrier, bytes);
                slice(WgmmaJoinedGrid.pick(member, a0, a1, a2), WgmmaJoinedGrid.pick(member, b0, b1, b2), ring + stage * bytes, barrier,
                        step % depth * DEPTH, top, side, rows, width, alongA, alongB);
                stage++;
                if (stage == stages) {
                    stage = 0;
                    phase ^= 1;
                }
            }
        }
    }

    /** Starts to copy a slice of each operand, from {@code deep} on along k, to a stage. */
    private static void slice(long mapA, long mapB, int left, int barrier, int deep, int top, int side, int rows, int width, int alongA, int alongB) {
        int right = left + 2 * rows * 128;
        if (alongA != 0) {
            TensorMaps.copy(left, mapA, barrier, deep, top);
        } else {
            for (int i = 0; i < rows / 32; i++) {
                TensorMaps.copy(left + i * BOX, mapA, barrier, top + 64 * i, deep);
            }
        }
        if (alongB != 0) {
            TensorMaps.copy(right, mapB, barrier, deep, side);
        } else {
            for (int i = 0; i < width / 64; i++) {
                TensorMaps.copy(right + i * BOX, mapB, barrier, side + 64 * i, deep);
            }
        }
    }

    /**
     * Sums a warpgroup's part of a tile over {@code steps} slices; {@code low} has its first 64 rows, {@code high} its next 64 if it has 128.
     *
     * @param count slices that the block has taken so far
     */
    static void multiply(float[] low, float[] high, int group, int lane, int count, int steps, int rows, int width, int stages, int alongA, int alongB,
            int ring,
            int full) {
        int bytes = stageBytes(rows, width);
        int empty = full + BARRIER * stages;
        int stage = count % stages;
        int phase = count / stages & 1;
        int before = 0;
        long left = Wgmma.descriptor(ring + group * rows * 128, alongA != 0 ? 1 : 512, 64);
        long right = Wgmma.descriptor(ring + 2 * rows * 128, alongB != 0 ? 1 : 512, 64);
        int deepA = alongA != 0 ? 2 : 128;
        int deepB = alongB != 0 ? 2 : 128;
        for (int step = 0; step < steps; step++) {
            Mbarriers.await(full + BARRIER * stage, phase);
            int offset = stage * bytes >> 4;
            Wgmma.fence();
            for (int deep = 0; deep < DEPTH / 16; deep++) {
                long a = left + (offset + deep * deepA);
                long b = right + (offset + deep * deepB);
                // The first product of a tile takes the place of what the registers held.
                int sum = deep == 0 ? step : 1;
                product(low, a, b, sum, width, 1 - alongA, 1 - alongB);
                if (rows == 128) {
                    product(high, a + (BOX >> 4), b, sum, width, 1 - alongA, 1 - alongB);
                }
            }
            Wgmma.commit();
            // The products of the slice before are done: its stage may be filled again.
            Wgmma.await(1);
            if (step > 0) {
                if (lane == 0) {
                    Mbarriers.arrive(empty + BARRIER * before);
                }
            }
            before = stage;
            stage++;
            if (stage == stages) {
                stage = 0;
                phase ^= 1;
            }
        }
        Wgmma.await(0);
        Registers.hold(low, width / 2);
        if (rows == 128) {
            Registers.hold(high, width / 2);
        }
        if (lane == 0) {
            Mbarriers.arrive(empty + BARRIER * before);
        }
    }

    private static void product(float[] sums, long a, long b, int accumulate, int width, int transposeA, int transposeB) {
        if (width == 256) {
            Wgmma.f16n256(sums, a, b, accumulate, transposeA, transposeB);
        } else if (width == 192) {
            Wgmma.f16n192(sums, a, b, accumulate, transposeA, transposeB);
        } else if (width == 128) {
            Wgmma.f16n128(sums, a, b, accumulate, transposeA, transposeB);
        } else {
            Wgmma.f16n64(sums, a, b, accumulate, transposeA, transposeB);
        }
    }
}
