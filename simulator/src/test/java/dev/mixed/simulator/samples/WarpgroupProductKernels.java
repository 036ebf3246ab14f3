// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.TensorMap;
import dev.mixed.intrinsics.TensorMaps;
import dev.mixed.intrinsics.Wgmma;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * c [m, n] = a b of halves with wgmma: tiles of 128x128, 64 deep, in blocks of which the third warpgroup copies boxes into a ring of stages and the others
 * multiply 64 rows each and bring their sums to c through shared memory. alongA is 1 for a [m, k], 0 for a [k, m]; alongB 1 for b [n, k], 0 for b [k, n].
 */
public final class WarpgroupProductKernels {
    public static final int TILE = 128;
    public static final int THREADS = 384;
    /** What a kernel leaves out, for {@link #product}. */
    public static final int NOTHING = 0;
    public static final int FULL_WAIT = 1;
    public static final int EMPTY_WAIT = 2;
    public static final int WGMMA_WAIT = 3;
    public static final int ASYNC_FENCE = 4;
    public static final int READ_WAIT = 5;
    public static final int WGMMA_FENCE = 6;
    public static final int FREE = 7;
    public static final int INIT_FENCE = 8;
    public static final int EXPECTED = 9;

    private static final int DEPTH = 64;
    private static final int STAGES = 2;
    private static final int BOX = 64 * 64 * 2;
    private static final int STAGE = 4 * BOX;

    private WarpgroupProductKernels() {
    }

    /** The grid of so many blocks, which stay and take tiles in turn. */
    public static KernelGrid grid(int blocks, int m, int n, int k, int alongA, int alongB) {
        return new KernelGrid(blocks, 1, 1, THREADS, STAGES * STAGE + 4 * BOX + 16 * STAGES, 1, List.of(
                alongA != 0 ? TensorMap.matrix(1, m, k, k, TILE, DEPTH) : TensorMap.matrix(1, k, m, m, DEPTH, 64),
                alongB != 0 ? TensorMap.matrix(2, n, k, k, TILE, DEPTH) : TensorMap.matrix(2, k, n, n, DEPTH, 64),
                TensorMap.matrix(3, m, n, n, 64, 64)));
    }

    public static void product(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, int m, int n, int k, int alongA, int alongB,
            int missing) {
        int shared = SharedMemory.dynamic();
        int boxes = shared + STAGES * STAGE;
        int full = boxes + 4 * BOX;
        int empty = full + 8 * STAGES;
        int thread = context.localIdx;
        int group = thread >> 7;
        if (thread == 0) {
            for (int i = 0; i < STAGES; i++) {
                Mbarriers.init(full + 8 * i, 1);
                Mbarriers.init(empty + 8 * i, 8);
            }
            if (missing != INIT_FENCE) {
                Mbarriers.fenceInit();
            }
        }
        Blocks.barrier();
        int steps = Registers.opaque(k / DEPTH);
        int across = n / TILE;
        int tiles = m / TILE * across;
        if (group == 2) {
            Blocks.fewerRegisters(40);
            if (thread == 256) {
                fill(context, a, b, shared, full, empty, steps, across, tiles, alongA, alongB, missing);
            }
        } else {
            Blocks.moreRegisters(232);
            multiply(context, c, shared, boxes, full, empty, steps, across, tiles, alongA, alongB, missing);
        }
    }

    private static void fill(KernelContext context, HalfFloatArray a, HalfFloatArray b, int shared, int full, int empty, int steps, int across, int tiles,
            int alongA, int alongB, int missing) {
        long mapA = TensorMaps.map(0, a);
        long mapB = TensorMaps.map(1, b);
        int stage = 0;
        int phase = 0;
        for (int tile = context.groupIdx; tile < tiles; tile += Blocks.gridX()) {
            int top = tile / across * TILE;
            int side = tile % across * TILE;
            for (int step = 0; step < steps; step++) {
                int left = shared + stage * STAGE;
                int right = left + 2 * BOX;
                int barrier = full + 8 * stage;
                if (missing != EMPTY_WAIT) {
                    Mbarriers.await(empty + 8 * stage, phase ^ 1);
                }
                Mbarriers.arriveExpecting(barrier, missing == EXPECTED ? STAGE + 16 : STAGE);
                if (alongA != 0) {
                    TensorMaps.copy(left, mapA, barrier, step * DEPTH, top);
                } else {
                    TensorMaps.copy(left, mapA, barrier, top, step * DEPTH);
                    TensorMaps.copy(left + BOX, mapA, barrier, top + 64, step * DEPTH);
                }
                if (alongB != 0) {
                    TensorMaps.copy(right, mapB, barrier, step * DEPTH, side);
                } else {
                    TensorMaps.copy(right, mapB, barrier, side, step * DEPTH);
                    TensorMaps.copy(right + BOX, mapB, barrier, side + 64, step * DEPTH);
                }
                stage++;
                if (stage == STAGES) {
                    stage = 0;
                    phase ^= 1;
                }
            }
        }
    }

    private static void multiply(KernelContext context, HalfFloatArray c, int shared, int boxes, int full, int empty, int steps, int across, int tiles,
            int alongA, int alongB, int missing) {
        int thread = context.localIdx;
        int group = thread >> 7;
        int lane = thread & 31;
        long left = Wgmma.descriptor(shared + group * BOX, alongA != 0 ? 1 : 512, 64);
        long right = Wgmma.descriptor(shared + 2 * BOX, alongB != 0 ? 1 : 512, 64);
        int deepA = alongA != 0 ? 2 : 128;
        int deepB = alongB != 0 ? 2 : 128;
        int stage = 0;
        int phase = 0;
        for (int tile = context.groupIdx; tile < tiles; tile += Blocks.gridX()) {
            float[] sums = Registers.floats(TILE / 2);
            int before = 0;
            for (int step = 0; step < steps; step++) {
                if (missing != FULL_WAIT) {
                    Mbarriers.await(full + 8 * stage, phase);
                }
                int offset = stage * STAGE >> 4;
                if (missing != WGMMA_FENCE) {
                    Wgmma.fence();
                }
                for (int deep = 0; deep < 4; deep++) {
                    Wgmma.f16n128(sums, left + (offset + deep * deepA), right + (offset + deep * deepB), step + deep, 1 - alongA, 1 - alongB);
                }
                Wgmma.commit();
                if (missing != WGMMA_WAIT) {
                    Wgmma.await(1);
                }
                if (step > 0 && lane == 0 && missing != FREE) {
                    Mbarriers.arrive(empty + 8 * before);
                }
                before = stage;
                stage++;
                if (stage == STAGES) {
                    stage = 0;
                    phase ^= 1;
                }
            }
            Wgmma.await(0);
            Registers.hold(sums, TILE / 2);
            if (lane == 0) {
                Mbarriers.arrive(empty + 8 * before);
            }
            store(c, sums, boxes + group * 2 * BOX, thread, tile / across * TILE + group * 64, tile % across * TILE, missing);
        }
        if ((thread & 127) == 0) {
            TensorMaps.awaitRead(0);
        }
    }

    private static void store(HalfFloatArray c, float[] sums, int boxes, int thread, int top, int side, int missing) {
        int lane = thread & 31;
        int place = ((thread >> 5 & 3) * 16 + (lane & 15)) * 128 + ((lane >> 4) ^ (lane & 7)) * 16;
        for (int half = 0; half < 2; half++) {
            int box = boxes + half * BOX;
            if ((thread & 127) == 0 && missing != READ_WAIT) {
                TensorMaps.awaitRead(1);
            }
            Blocks.barrier(1 + (thread >> 7), 128);
            for (int q = 0; q < 4; q++) {
                int at = half * 32 + q * 8;
                Matrices.store(box + (place ^ q * 32), pack(sums, at), pack(sums, at + 2), pack(sums, at + 4), pack(sums, at + 6));
            }
            if (missing != ASYNC_FENCE) {
                TensorMaps.fence();
            }
            Blocks.barrier(1 + (thread >> 7), 128);
            if ((thread & 127) == 0) {
                TensorMaps.store(c, TensorMaps.map(2, c), box, side + half * 64, top);
                TensorMaps.commit();
            }
        }
    }

    private static int pack(float[] sums, int at) {
        return Halves.pack(Registers.get(sums, at), Registers.get(sums, at + 1));
    }
}
