// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.TensorMaps;
import dev.mixed.intrinsics.Wgmma;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels of one warpgroup that misuse wgmma: a [64, 64] and b [64, 64] of ones, along k. */
public final class FaultyWarpgroups {
    private static final int BYTES = 16384;
    private static final int ONES = 0x3C003C00;

    private FaultyWarpgroups() {
    }

    private static int ones(KernelContext context, boolean fence) {
        int shared = SharedMemory.allocate(BYTES);
        for (int i = context.localIdx; i < BYTES / 4; i += context.localGroupSizeX) {
            SharedMemory.store(shared + 4 * i, ONES);
        }
        if (fence) {
            TensorMaps.fence();
        }
        Blocks.barrier();
        return shared;
    }

    private static void multiply(float[] sums, int shared) {
        Wgmma.f16n64(sums, Wgmma.descriptor(shared, 1, 64), Wgmma.descriptor(shared + 8192, 1, 64), 1, 0, 0);
    }

    private static void finish(KernelContext context, float[] sums, FloatArray floats) {
        Wgmma.commit();
        Wgmma.await(0);
        floats.set(context.localIdx, Registers.get(sums, 0));
    }

    /** Right: its sums are 16. */
    public static void right(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        finish(context, sums, floats);
    }

    /** Right: the second product goes on from the first one's sums. */
    public static void twice(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        Wgmma.commit();
        Wgmma.await(0);
        for (int i = 0; i < 32; i++) {
            Registers.set(sums, i, Registers.get(sums, i) + 1);
        }
        Wgmma.fence();
        multiply(sums, shared);
        finish(context, sums, floats);
    }

    public static void readsSums(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        Wgmma.commit();
        floats.set(context.localIdx, Registers.get(sums, 0));
    }

    /** Where the simulator does not see the read, what is read is no number. */
    public static void readsSumsDirectly(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        Wgmma.commit();
        floats.set(context.localIdx, sums[31]);
        Wgmma.await(0);
    }

    public static void writesSums(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        sums[3] = 0;
        finish(context, sums, floats);
    }

    public static void withoutFence(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        multiply(sums, shared);
        finish(context, sums, floats);
    }

    public static void fenceBeforeChange(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        Registers.set(sums, 0, 1);
        multiply(sums, shared);
        finish(context, sums, floats);
    }

    public static void withoutSecondFence(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        Wgmma.commit();
        Wgmma.await(0);
        multiply(sums, shared);
        finish(context, sums, floats);
    }

    public static void withoutCommit(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        Wgmma.await(0);
    }

    public static void withoutAsyncFence(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, false);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        finish(context, sums, floats);
    }

    public static void differentOperands(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared + (context.localIdx / 96) * 32);
        finish(context, sums, floats);
    }

    public static void noDescriptor(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        Wgmma.f16n64(sums, shared, shared, 0, 0, 0);
        finish(context, sums, floats);
    }

    public static void descriptorBetweenRows(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared + 128);
        finish(context, sums, floats);
    }

    public static void matrixOutside(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared + 1024);
        finish(context, sums, floats);
    }

    public static void tooFewSums(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(16);
        Wgmma.fence();
        multiply(sums, shared);
        finish(context, sums, floats);
    }

    public static void someWarpsMultiply(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        if (context.localIdx < 96) {
            multiply(sums, shared);
        }
    }

    public static void writesOperands(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        Wgmma.commit();
        SharedMemory.store(shared + 4 * context.localIdx, 0);
        Wgmma.await(0);
    }

    /** Each warp waits for itself, but the first one writes what the others still read. */
    public static void writesOthersOperands(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        Wgmma.commit();
        Wgmma.await(0);
        if (context.localIdx == 0) {
            SharedMemory.store(shared + 8192, 0);
        }
    }

    public static void changesFragment(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        int[] a = Registers.words(4);
        Wgmma.fence();
        Wgmma.f16n64(sums, a, 0, Wgmma.descriptor(shared + 8192, 1, 64), 0, 0);
        Wgmma.commit();
        Registers.set(a, 2, 7);
        Wgmma.await(0);
    }

    public static void fragmentAfterFence(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = ones(context, true);
        float[] sums = Registers.floats(32);
        int[] a = Registers.words(4);
        Wgmma.fence();
        Registers.set(a, 2, 7);
        Wgmma.f16n64(sums, a, 0, Wgmma.descriptor(shared + 8192, 1, 64), 0, 0);
        finish(context, sums, floats);
    }

    /** The boxes of halves arrive at a barrier for which the first warp alone waits. */
    public static void oneWarpAwaits(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(BYTES + 8);
        int barrier = shared + BYTES;
        if (context.localIdx == 0) {
            Mbarriers.init(barrier, 1);
            Mbarriers.fenceInit();
        }
        Blocks.barrier();
        if (context.localIdx == 0) {
            Mbarriers.arriveExpecting(barrier, BYTES);
            for (int i = 0; i < BYTES / 1024; i++) {
                TensorMaps.copy(shared + 1024 * i, TensorMaps.map(0, halves), barrier, 0, 8 * i);
            }
        }
        if (context.localIdx < 32) {
            Mbarriers.await(barrier, 0);
        }
        float[] sums = Registers.floats(32);
        Wgmma.fence();
        multiply(sums, shared);
        finish(context, sums, floats);
    }
}
