// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mma;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** c [m, n] = a [m, k] b [k, n] of halves with mma.sync: tiles of 64x64, 32 deep, by four warps of 32x32, with cp.async in a ring of stages. */
public final class WarpProductKernels {
    public static final int TILE = 64;
    public static final int THREADS = 128;
    private static final int DEPTH = 32;
    private static final int STAGES = 3;
    private static final int LEFT = TILE * DEPTH * 2;
    private static final int STAGE = LEFT + DEPTH * TILE * 2;

    private WarpProductKernels() {
    }

    public static void product(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, int m, int n, int k) {
        product(context, a, b, c, n, k, STAGES - 2, true);
    }

    /** Waits for one group too few. */
    public static void awaitsTooFew(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, int m, int n, int k) {
        product(context, a, b, c, n, k, STAGES - 1, true);
    }

    /** Each thread waits for its own copies alone. */
    public static void withoutBarrier(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, int m, int n, int k) {
        product(context, a, b, c, n, k, STAGES - 2, false);
    }

    private static void product(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, int n, int k, int groups, boolean barrier) {
        int shared = SharedMemory.allocate(STAGES * STAGE);
        int thread = context.localIdx;
        int lane = thread & 31;
        int row = (thread >> 6) * 32;
        int column = (thread >> 5 & 1) * 32;
        int top = context.groupIdy * TILE;
        int side = context.groupIdx * TILE;
        float[] sums = Registers.floats(32);
        int[] left = Registers.words(8);
        int[] right = Registers.words(4);
        int steps = Registers.opaque(k / DEPTH);
        for (int s = 0; s < STAGES - 1; s++) {
            if (s < steps) {
                copy(a, b, shared + s * STAGE, top, side, s * DEPTH, n, k, thread);
            }
            AsyncCopies.commit();
        }
        for (int step = 0; step < steps; step++) {
            AsyncCopies.await(groups);
            if (barrier) {
                Blocks.barrier();
            }
            int next = step + STAGES - 1;
            if (next < steps) {
                copy(a, b, shared + next % STAGES * STAGE, top, side, next * DEPTH, n, k, thread);
            }
            AsyncCopies.commit();
            int from = shared + step % STAGES * STAGE;
            for (int deep = 0; deep < DEPTH; deep += 16) {
                for (int i = 0; i < 2; i++) {
                    int r = row + i * 16 + (lane & 15);
                    Matrices.load(left, 4 * i, from + r * 64 + ((deep / 8 + (lane >> 4)) ^ r / 2 & 3) * 16);
                }
                for (int j = 0; j < 4; j++) {
                    // Two matrices of b, one below the other; the other two addresses give the same again.
                    int r = deep + (lane & 15);
                    Matrices.loadTransposed(right, 0, from + LEFT + r * 128 + ((column / 8 + j) ^ r & 7) * 16);
                    for (int i = 0; i < 2; i++) {
                        Mma.f16(sums, i * 16 + j * 4, left, 4 * i, right, 0);
                    }
                }
            }
        }
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 4; j++) {
                int at = (top + row + i * 16 + lane / 4) * n + side + column + j * 8 + lane % 4 * 2;
                int from = i * 16 + j * 4;
                GlobalMemory.store2(c, at, Halves.pack(Registers.get(sums, from), Registers.get(sums, from + 1)));
                GlobalMemory.store2(c, at + 8 * n, Halves.pack(Registers.get(sums, from + 2), Registers.get(sums, from + 3)));
            }
        }
    }

    private static void copy(HalfFloatArray a, HalfFloatArray b, int to, int top, int side, int deep, int n, int k, int thread) {
        for (int i = thread; i < 256; i += THREADS) {
            int row = i / 4;
            AsyncCopies.copy8(to + row * 64 + (i % 4 ^ row / 2 & 3) * 16, a, (top + row) * k + deep + i % 4 * 8);
            int depth = i / 8;
            AsyncCopies.copy8(to + LEFT + depth * 128 + (i % 8 ^ depth & 7) * 16, b, (deep + depth) * n + side + i % 8 * 8);
        }
    }
}
