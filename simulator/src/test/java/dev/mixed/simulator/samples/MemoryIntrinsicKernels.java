// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Intrinsics of global and shared memory; one warp a block. */
public final class MemoryIntrinsicKernels {
    private MemoryIntrinsicKernels() {
    }

    /** Copies 576 halves in all ways there are, then 32 floats, rounded. */
    public static void copiesHalves(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int[] words = Registers.words(6);
        GlobalMemory.load8(words, 2, halves, 8 * t);
        GlobalMemory.store8(toHalves, 8 * t, words, 2);
        GlobalMemory.load4(words, 1, halves, 256 + 4 * t);
        GlobalMemory.store4(toHalves, 256 + 4 * t, words, 1);
        GlobalMemory.store2(toHalves, 384 + 2 * t, GlobalMemory.load2(halves, 384 + 2 * t));
        GlobalMemory.store2(toHalves, 448 + 2 * t, GlobalMemory.read2(halves, 448 + 2 * t));
        GlobalMemory.store(toHalves, 512 + t, GlobalMemory.load(halves, 512 + t));
        GlobalMemory.store(toHalves, 544 + t, GlobalMemory.read(halves, 544 + t));
        GlobalMemory.store(toHalves, 576 + t, GlobalMemory.read(floats, t));
    }

    /** Copies 288 floats in all ways there are, and 32 ints. */
    public static void copiesFloats(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        float[] values = Registers.floats(8);
        GlobalMemory.load4(values, 4, floats, 4 * t);
        GlobalMemory.store4(toFloats, 4 * t, values, 4);
        GlobalMemory.load2(values, 2, floats, 128 + 2 * t);
        GlobalMemory.store2(toFloats, 128 + 2 * t, Registers.get(values, 2), Registers.get(values, 3));
        GlobalMemory.store(toFloats, 192 + t, GlobalMemory.load(floats, 192 + t));
        GlobalMemory.store(toFloats, 224 + t, GlobalMemory.read(floats, 224 + t));
        toInts.set(t, GlobalMemory.read(ints, t));
    }

    /** Copies 224 floats, most of them by addresses of which each thread keeps its own, 192 halves and, as halves, 32 floats. */
    public static void copiesByAddress(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        Addresses.keep(toInts, 2 * t, floats);
        Addresses.keep(toInts, 2 * t + 1, toFloats);
        long from = Addresses.at(toInts, 2 * t);
        long to = Addresses.at(toInts, 2 * t + 1);
        float[] values = Registers.floats(8);
        Addresses.load4(values, 4, from, 4 * t);
        Addresses.store4(to, 4 * t, values, 4);
        Addresses.store(Addresses.of(toFloats), 128 + t, Addresses.load(from, 128 + t));
        long whole = t < 16 ? Addresses.reading(floats) : from;
        Addresses.store2(to, 160 + 2 * t, Addresses.load(whole, 160 + 2 * t), Addresses.load(whole, 161 + 2 * t));
        GlobalMemory.store2(toHalves, 2 * t, Addresses.read2(Addresses.reading(halves), 2 * t));
        Addresses.keep(toInts, 64 + t, toHalves);
        long half = Addresses.at(toInts, 64 + t);
        Addresses.storeHalves4(half, 64 + 4 * t, GlobalMemory.read2(halves, 64 + 4 * t), GlobalMemory.read2(halves, 66 + 4 * t));
        Addresses.storeHalf(half, 192 + t, Addresses.load(from, t));
    }

    /** Keeps the addresses of two arrays, twice each: gives 1 where those of one are equal and those of two are not. */
    public static void keepsAddresses(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        if (t < 8) {
            Addresses.keep(toInts, 4 * t, halves);
            Addresses.keep(toInts, 4 * t + 1, ints);
            Addresses.keep(toInts, 4 * t + 2, halves);
            Addresses.keep(toInts, 4 * t + 3, ints);
            long first = Addresses.at(toInts, 4 * t);
            long second = Addresses.at(toInts, 4 * t + 1);
            boolean right = first != 0 && first != second && first == Addresses.at(toInts, 4 * t + 2) && second == Addresses.at(toInts, 4 * t + 3);
            GlobalMemory.store(toFloats, t, right ? 1f : -1f);
        }
    }

    /** Sums 64 floats, and gives each thread of two blocks a place of its own. */
    public static void addsAtomically(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        float before = GlobalMemory.atomicAdd(toFloats, 0, GlobalMemory.read(floats, context.globalIdx));
        int place = GlobalMemory.atomicAdd(toInts, 0, 1);
        GlobalMemory.store(toFloats, 1 + place, before);
    }

    /** Reverses 32 ints and 32 floats, then rotates 128 of each by four, through static shared memory. */
    public static void exchangesInStaticMemory(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        exchange(SharedMemory.allocate(1280), context.localIdx, floats, ints, toFloats, toInts);
    }

    /** The same through what the launch brings. */
    public static void exchangesInDynamicMemory(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        exchange(SharedMemory.dynamic(), context.localIdx, floats, ints, toFloats, toInts);
    }

    private static void exchange(int shared, int t, FloatArray floats, IntArray ints, FloatArray toFloats, IntArray toInts) {
        SharedMemory.store(shared + 4 * t, ints.get(t));
        SharedMemory.storeFloat(shared + 128 + 4 * t, floats.get(t));
        int[] words = Registers.words(8);
        float[] values = Registers.floats(8);
        for (int i = 0; i < 4; i++) {
            Registers.set(words, 4 + i, ints.get(4 * t + i));
            Registers.set(values, 4 + i, floats.get(4 * t + i));
        }
        SharedMemory.store4(shared + 256 + 16 * t, words, 4);
        SharedMemory.store4(shared + 768 + 16 * t, values, 4);
        Blocks.barrier();
        toInts.set(t, SharedMemory.load(shared + 124 - 4 * t));
        toFloats.set(t, SharedMemory.loadFloat(shared + 252 - 4 * t));
        SharedMemory.load4(words, 0, shared + 256 + (16 * t + 16) % 512);
        SharedMemory.load4(values, 0, shared + 768 + (16 * t + 16) % 512);
        for (int i = 0; i < 4; i++) {
            toInts.set(32 + 4 * t + i, Registers.get(words, i));
            toFloats.set(32 + 4 * t + i, Registers.get(values, i));
        }
    }

    /** Stores pairs of floats, and reads them in reverse. */
    public static void storesPairs(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int shared = SharedMemory.allocate(256);
        SharedMemory.store2(shared + 8 * t, floats.get(2 * t), floats.get(2 * t + 1));
        Blocks.barrier();
        toFloats.set(t, SharedMemory.loadFloat(shared + 252 - 4 * t));
        toFloats.set(32 + t, SharedMemory.loadFloat(shared + 124 - 4 * t));
    }

    /** cp.async of all kinds, in three groups: halves 0-255 whole; 128 floats of which each thread leaves out t % 5; every second of 32 floats. */
    public static void copiesAsynchronously(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int shared = SharedMemory.allocate(4096);
        AsyncCopies.copy8(shared + 16 * t, halves, 8 * t);
        AsyncCopies.commit();
        AsyncCopies.copy4(shared + 512 + 16 * t, floats, 4 * t, 16 - 4 * (t % 5));
        AsyncCopies.copy8(shared + 1024 + 16 * t, halves, 256 + 8 * t, 2 * (t % 9));
        AsyncCopies.commit();
        AsyncCopies.copy1(shared + 1536 + 4 * t, floats, t, t % 2 * 4);
        AsyncCopies.copy4(shared + 2048 + 16 * t, floats, 128 + 4 * t);
        AsyncCopies.commit();
        AsyncCopies.await(1);
        // A thread sees its own copies.
        toInts.set(t, SharedMemory.load(shared + 16 * t));
        Blocks.barrier();
        for (int i = t; i < 384; i += 32) {
            toInts.set(32 + i, SharedMemory.load(shared + 4 * i));
        }
        AsyncCopies.await(0);
        Blocks.barrier();
        for (int i = t; i < 32; i += 32) {
            toFloats.set(i, SharedMemory.loadFloat(shared + 1536 + 4 * (31 - i)));
        }
        for (int i = t; i < 128; i += 32) {
            toFloats.set(32 + i, SharedMemory.loadFloat(shared + 2048 + 4 * (127 - i)));
        }
    }

    /** The context's own operations beside intrinsics: sums of neighbours through a local array, and of rows through shared memory. */
    public static void mixesWithTheContext(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        float[] tile = context.allocateFloatLocalArray(32);
        int shared = SharedMemory.allocate(128);
        tile[t] = floats.get(context.globalIdx);
        context.localBarrier();
        SharedMemory.storeFloat(shared + 4 * t, tile[t] + tile[(t + 1) % 32]);
        context.localBarrier();
        float sum = context.simdSum(SharedMemory.loadFloat(shared + 4 * (t ^ 1)));
        toFloats.set(context.globalIdx, SharedMemory.loadFloat(shared + 4 * (31 - t)));
        if (t == 0) {
            toFloats.set(64 + context.groupIdx, sum);
            toInts.set(context.groupIdx, Blocks.gridX());
        }
    }
}
