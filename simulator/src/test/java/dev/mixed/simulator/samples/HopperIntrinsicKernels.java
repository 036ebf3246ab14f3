// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.TensorMaps;
import dev.mixed.intrinsics.Wgmma;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Intrinsics of Hopper: mbarriers, tensor maps, named barriers, warpgroups. */
public final class HopperIntrinsicKernels {
    private HopperIntrinsicKernels() {
    }

    /** The words of a box by map 0, swizzled, of halves, in row 1, column 32; then of one by map 1, of floats, entry -1, row -1, column 4. */
    public static void loadsBoxes(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int shared = SharedMemory.allocate(3072);
        int barrier = shared + 2048;
        if (t == 0) {
            Mbarriers.init(barrier, 1);
            Mbarriers.fenceInit();
            Mbarriers.arriveExpecting(barrier, 1024 + 192);
            TensorMaps.copy(shared, TensorMaps.map(0, halves), barrier, 32, 1);
            TensorMaps.copy(shared + 1024, TensorMaps.map(1, floats), barrier, 4, -1, -1);
        }
        Blocks.barrier();
        Mbarriers.await(barrier, 0);
        for (int i = t; i < 304; i += 32) {
            toInts.set(i, SharedMemory.load(shared + 4 * i));
        }
    }

    /** Words 0 to 255, their own numbers, to a box by map 0, swizzled, in row -1, column 32; floats 0 to 63 to one by map 1 in row 1, column 4. */
    public static void storesBoxes(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int shared = SharedMemory.allocate(2048);
        for (int i = t; i < 256; i += 32) {
            SharedMemory.store(shared + 4 * i, i);
        }
        for (int i = t; i < 64; i += 32) {
            SharedMemory.storeFloat(shared + 1024 + 4 * i, i);
        }
        TensorMaps.fence();
        Blocks.barrier();
        if (t == 0) {
            TensorMaps.store(toHalves, TensorMaps.map(0, toHalves), shared, 32, -1);
            TensorMaps.commit();
            TensorMaps.store(toFloats, TensorMaps.map(1, toFloats), shared + 1024, 4, 1);
            TensorMaps.commit();
            TensorMaps.awaitRead(1);
            // The first box has been read, so its words may change; the second not yet.
            SharedMemory.store(shared, -1);
            TensorMaps.awaitRead(0);
            SharedMemory.storeFloat(shared + 1024, -1);
        }
    }

    /** Warp 0 fills a ring of two stages with 32 ints each, warps 1 and 2 add what they take from it: sums of 8 fillings for each of 32 places. */
    public static void passesThroughARing(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int lane = t & 31;
        int shared = SharedMemory.allocate(1024);
        int full = shared + 512;
        int empty = shared + 528;
        if (t == 0) {
            for (int i = 0; i < 2; i++) {
                Mbarriers.init(full + 8 * i, 32);
                Mbarriers.init(empty + 8 * i, 64);
            }
            Mbarriers.fenceInit();
        }
        Blocks.barrier();
        int sum = 0;
        for (int i = 0; i < 8; i++) {
            int stage = i & 1;
            int phase = i >> 1 & 1;
            if (t < 32) {
                Mbarriers.await(empty + 8 * stage, phase ^ 1);
                SharedMemory.store(shared + 128 * stage + 4 * lane, ints.get(32 * i + lane));
                Mbarriers.arrive(full + 8 * stage);
            } else {
                Mbarriers.await(full + 8 * stage, phase);
                sum += SharedMemory.load(shared + 128 * stage + 4 * (31 - lane));
                Mbarriers.arrive(empty + 8 * stage);
            }
        }
        if (t >= 32) {
            toInts.set(t - 32, sum);
        }
    }

    /** Two halves of a block of 256 exchange values among themselves; the second one then has what the first one stored. */
    public static void meetsAtNamedBarriers(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int shared = SharedMemory.allocate(1024);
        int half = t >> 7;
        if (half == 0) {
            Blocks.fewerRegisters(56);
        } else {
            Blocks.moreRegisters(256);
        }
        SharedMemory.store(shared + 4 * t, ints.get(t));
        Blocks.barrier(1 + half, 128);
        toInts.set(t, SharedMemory.load(shared + 4 * (t ^ 127)));
        Blocks.barrier(3, 256);
        toInts.set(256 + t, SharedMemory.load(shared + 4 * (t ^ 128)));
    }

    private static int operands(HalfFloatArray halves, int t, int rows) {
        int shared = SharedMemory.allocate(40960);
        int[] words = Registers.words(4);
        // Rows of 64 halves, a's 64 and b's; chunk c of row r at c ^ r % 8.
        for (int i = t; i < rows * 8; i += 128) {
            GlobalMemory.load8(words, 0, halves, 8 * i);
            SharedMemory.store4(shared + i / 8 * 128 + ((i ^ i >> 3) & 7) * 16, words, 0);
        }
        TensorMaps.fence();
        Blocks.barrier();
        Wgmma.fence();
        return shared;
    }

    private static void finish(float[] sums, FloatArray to, int t, int n) {
        Wgmma.commit();
        Wgmma.await(0);
        Registers.hold(sums, n / 2);
        int row = t / 32 * 16 + t % 32 / 4;
        for (int j = 0; j < n / 8; j++) {
            int at = row * n + 8 * j + 2 * (t % 4);
            GlobalMemory.store2(to, at, Registers.get(sums, 4 * j), Registers.get(sums, 4 * j + 1));
            GlobalMemory.store2(to, at + 8 * n, Registers.get(sums, 4 * j + 2), Registers.get(sums, 4 * j + 3));
        }
    }

    /** c [64, 64] = a [64, 64] b: b [64, 64] (along k) behind a. */
    public static void multiplies64(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int shared = operands(halves, context.localIdx, 128);
        long a = Wgmma.descriptor(shared, 1, 64);
        long b = Wgmma.descriptor(shared + 8192, 1, 64);
        float[] sums = Registers.floats(32);
        for (int i = 0; i < 4; i++) {
            Wgmma.f16n64(sums, a + 2L * i, b + 2L * i, i, 0, 0);
        }
        finish(sums, toFloats, context.localIdx, 64);
    }

    /** c [64, 128] = a [64, 64] b: b [128, 64] (along k) behind a. */
    public static void multiplies128(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int shared = operands(halves, context.localIdx, 192);
        long a = Wgmma.descriptor(shared, 1, 64);
        long b = Wgmma.descriptor(shared + 8192, 1, 64);
        float[] sums = Registers.floats(64);
        for (int i = 0; i < 4; i++) {
            Wgmma.f16n128(sums, a + 2L * i, b + 2L * i, i, 0, 0);
        }
        finish(sums, toFloats, context.localIdx, 128);
    }

    /** c [64, 192] = a' b: a [64 of k, 64] (along m), b [192, 64] (along k) behind it. */
    public static void multiplies192(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int shared = operands(halves, context.localIdx, 256);
        long a = Wgmma.descriptor(shared, 512, 64);
        long b = Wgmma.descriptor(shared + 8192, 1, 64);
        float[] sums = Registers.floats(96);
        for (int i = 0; i < 4; i++) {
            Wgmma.f16n192(sums, a + 128L * i, b + 2L * i, i, 1, 0);
        }
        finish(sums, toFloats, context.localIdx, 192);
    }

    /** c [64, 256] = a [64, 64] b: b four times [64 of k, 64] (along n) behind a. */
    public static void multiplies256(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int shared = operands(halves, context.localIdx, 320);
        long a = Wgmma.descriptor(shared, 1, 64);
        long b = Wgmma.descriptor(shared + 8192, 512, 64);
        float[] sums = Registers.floats(128);
        for (int i = 0; i < 4; i++) {
            Wgmma.f16n256(sums, a + 2L * i, b + 128L * i, i, 0, 1);
        }
        finish(sums, toFloats, context.localIdx, 256);
    }

    private static int[] fragments(HalfFloatArray halves, int t) {
        int[] words = Registers.words(17);
        for (int i = 0; i < 16; i++) {
            int row = t / 32 * 16 + t % 32 / 4 + i % 2 * 8;
            Registers.set(words, 1 + i, GlobalMemory.load2(halves, row * 64 + i / 4 * 16 + i % 4 / 2 * 8 + t % 4 * 2));
        }
        return words;
    }

    /** As {@link #multiplies64}, a from registers. */
    public static void multipliesRegisters64(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int[] a = fragments(halves, context.localIdx);
        int shared = operands(halves, context.localIdx, 128);
        long b = Wgmma.descriptor(shared + 8192, 1, 64);
        float[] sums = Registers.floats(32);
        for (int i = 0; i < 4; i++) {
            Wgmma.f16n64(sums, a, 1 + 4 * i, b + 2L * i, i, 0);
        }
        finish(sums, toFloats, context.localIdx, 64);
    }

    /** As {@link #multiplies128}, a from registers. */
    public static void multipliesRegisters128(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int[] a = fragments(halves, context.localIdx);
        int shared = operands(halves, context.localIdx, 192);
        long b = Wgmma.descriptor(shared + 8192, 1, 64);
        float[] sums = Registers.floats(64);
        for (int i = 0; i < 4; i++) {
            Wgmma.f16n128(sums, a, 1 + 4 * i, b + 2L * i, i, 0);
        }
        finish(sums, toFloats, context.localIdx, 128);
    }
}
