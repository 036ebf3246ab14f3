// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.TensorMaps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels that misuse mbarriers, named barriers, tensor maps and registers. Map 0 is of halves, in boxes of 8 x 64, 1024 bytes. */
public final class FaultyHopperIntrinsics {
    private FaultyHopperIntrinsics() {
    }

    /** An mbarrier behind a box, and whether this is the first thread. */
    private static boolean first(KernelContext context, int barrier, int arrivals) {
        if (context.localIdx == 0) {
            Mbarriers.init(barrier, arrivals);
            Mbarriers.fenceInit();
        }
        Blocks.barrier();
        return context.localIdx == 0;
    }

    // --- mbarriers ---------------------------------------------------------------------------------------------------------------

    public static void usesNoBarrier(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Mbarriers.arrive(SharedMemory.allocate(1024) + 8);
    }

    public static void withoutFence(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int barrier = SharedMemory.allocate(1024);
        if (context.localIdx == 0) {
            Mbarriers.init(barrier, 32);
        }
        Blocks.barrier();
        Mbarriers.arrive(barrier);
    }

    public static void fenceTooLate(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int barrier = SharedMemory.allocate(1024);
        if (context.localIdx == 0) {
            Mbarriers.init(barrier, 32);
        }
        Blocks.barrier();
        Mbarriers.fenceInit();
        Mbarriers.arrive(barrier);
    }

    public static void withoutBlockBarrier(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int barrier = SharedMemory.allocate(1024);
        if (context.localIdx == 0) {
            Mbarriers.init(barrier, 32);
            Mbarriers.fenceInit();
        }
        Mbarriers.arrive(barrier);
    }

    public static void initsTwice(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int barrier = SharedMemory.allocate(1024);
        if (context.localIdx == 0) {
            Mbarriers.init(barrier, 32);
            Mbarriers.init(barrier, 32);
        }
    }

    public static void noArrivals(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Mbarriers.init(SharedMemory.allocate(1024), 0);
    }

    public static void readsBarrier(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int barrier = SharedMemory.allocate(1024);
        first(context, barrier, 32);
        ints.set(context.localIdx, SharedMemory.load(barrier + 4));
    }

    /** With bytes outstanding the phase goes on, and has had its arrivals. */
    public static void oneTooMany(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int barrier = SharedMemory.allocate(1024);
        if (first(context, barrier, 1)) {
            Mbarriers.arriveExpecting(barrier, 1024);
            Mbarriers.arrive(barrier);
        }
    }

    public static void parityOfTwo(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int barrier = SharedMemory.allocate(1024);
        first(context, barrier, 32);
        Mbarriers.await(barrier, 2);
    }

    public static void tooFewArrive(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int barrier = SharedMemory.allocate(1024);
        first(context, barrier, 32);
        if (context.localIdx > 0) {
            Mbarriers.arrive(barrier);
        }
        Mbarriers.await(barrier, 0);
    }

    /** The wait is for the phase before: the second one's words are not there. */
    public static void wrongParity(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(1024);
        first(context, shared, 32);
        Mbarriers.await(shared, 1);
        if (context.localIdx < 32) {
            SharedMemory.store(shared + 64 + 4 * context.localIdx, 1);
            Mbarriers.arrive(shared);
        } else {
            Mbarriers.await(shared, 1);
            ints.set(context.localIdx, SharedMemory.load(shared + 64 + 4 * (context.localIdx - 32)));
        }
    }

    /** The reader waits, but gives nothing back before the writer goes on. */
    public static void writesBeforeGivenBack(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(1024);
        first(context, shared, 32);
        for (int i = 0; i < 2; i++) {
            if (context.localIdx < 32) {
                SharedMemory.store(shared + 64 + 4 * context.localIdx, i);
                Mbarriers.arrive(shared);
                Blocks.barrier(1, 64);
            } else {
                Mbarriers.await(shared, i);
                Blocks.barrier(1, 64);
                ints.set(context.localIdx, SharedMemory.load(shared + 64 + 4 * (context.localIdx - 32)));
            }
        }
    }

    // --- named barriers, registers -----------------------------------------------------------------------------------------------

    public static void barrierZero(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Blocks.barrier(0, 32);
    }

    public static void barrierOfSome(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Blocks.barrier(1, 48);
    }

    public static void barrierOfDifferent(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Blocks.barrier(1, context.localIdx < 32 ? 64 : 32);
    }

    public static void barrierOfHalfWarps(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        if (context.localIdx % 32 < 16) {
            Blocks.barrier(1, 32);
        }
    }

    public static void barrierNobodyReaches(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        if (context.localIdx < 32) {
            Blocks.barrier(1, 64);
        }
    }

    public static void oddRegisters(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Blocks.fewerRegisters(100);
    }

    public static void tooManyRegisters(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        if (context.localIdx < 128) {
            Blocks.fewerRegisters(64);
        } else {
            Blocks.moreRegisters(232);
        }
    }

    public static void fewerThatAreMore(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Blocks.fewerRegisters(240);
    }

    public static void registersOfAWarp(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Blocks.fewerRegisters(context.localIdx < 32 ? 40 : 48);
    }

    // --- boxes -------------------------------------------------------------------------------------------------------------------

    public static void boxNobodyAwaits(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(2048);
        if (first(context, shared + 1024, 1)) {
            Mbarriers.arriveExpecting(shared + 1024, 1024);
            TensorMaps.copy(shared, TensorMaps.map(0, halves), shared + 1024, 0, 0);
        }
        Blocks.barrier();
        ints.set(context.localIdx, SharedMemory.load(shared + 4 * context.localIdx));
    }

    public static void boxLeftAlone(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(2048);
        if (first(context, shared + 1024, 1)) {
            Mbarriers.arriveExpecting(shared + 1024, 1024);
            TensorMaps.copy(shared, TensorMaps.map(0, halves), shared + 1024, 0, 0);
        }
    }

    public static void boxNobodyExpects(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(2048);
        if (first(context, shared + 1024, 1)) {
            TensorMaps.copy(shared, TensorMaps.map(0, halves), shared + 1024, 0, 0);
            Mbarriers.arrive(shared + 1024);
        }
        Mbarriers.await(shared + 1024, 0);
    }

    public static void boxAtOddPlace(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(4096);
        if (first(context, shared, 1)) {
            TensorMaps.copy(shared + 512, TensorMaps.map(0, halves), shared, 0, 0);
        }
    }

    public static void boxOutside(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(1536);
        if (first(context, shared, 1)) {
            TensorMaps.copy(shared + 1024, TensorMaps.map(0, halves), shared, 0, 0);
        }
    }

    public static void boxOfThree(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(2048);
        if (first(context, shared, 1)) {
            TensorMaps.copy(shared + 1024, TensorMaps.map(0, halves), shared, 0, 0, 0);
        }
    }

    public static void boxByNoMap(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(2048);
        if (first(context, shared, 1)) {
            TensorMaps.copy(shared + 1024, 1, shared, 0, 0);
        }
    }

    public static void mapOfNobody(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        TensorMaps.map(1, halves);
    }

    public static void mapOfAnother(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        TensorMaps.map(0, floats);
    }

    public static void storeToAnother(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        TensorMaps.store(floats, TensorMaps.map(0, halves), SharedMemory.allocate(1024), 0, 0);
    }

    public static void boxAtUnfencedBarrier(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(2048);
        if (context.localIdx == 0) {
            Mbarriers.init(shared + 1024, 1);
            TensorMaps.copy(shared, TensorMaps.map(0, halves), shared + 1024, 0, 0);
        }
    }

    public static void boxOverWords(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(2048);
        SharedMemory.store(shared + 4 * context.localIdx, 1);
        if (first(context, shared + 1024, 1)) {
            TensorMaps.copy(shared, TensorMaps.map(0, halves), shared + 1024, 0, 0);
        }
    }

    public static void boxOfUnorderedWords(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(1024);
        for (int i = context.localIdx; i < 256; i += 32) {
            SharedMemory.store(shared + 4 * i, 1);
        }
        TensorMaps.fence();
        if (context.localIdx == 31) {
            TensorMaps.store(halves, TensorMaps.map(0, halves), shared, 0, 0);
        }
    }

    /** The one who stores the box fences, not those who wrote its words. */
    public static void boxFencedByOne(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(1024);
        for (int i = context.localIdx; i < 256; i += 32) {
            SharedMemory.store(shared + 4 * i, 1);
        }
        Blocks.barrier();
        if (context.localIdx == 0) {
            TensorMaps.fence();
            TensorMaps.store(halves, TensorMaps.map(0, halves), shared, 0, 0);
        }
    }

    public static void fenceAfterBarrier(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(1024);
        for (int i = 31 - context.localIdx; i < 256; i += 32) {
            SharedMemory.store(shared + 4 * i, 1);
        }
        Blocks.barrier();
        TensorMaps.fence();
        if (context.localIdx == 31) {
            TensorMaps.store(halves, TensorMaps.map(0, halves), shared, 0, 0);
        }
    }

    private static int storedBox(KernelContext context, HalfFloatArray halves) {
        int shared = SharedMemory.allocate(1024);
        for (int i = context.localIdx; i < 256; i += 32) {
            SharedMemory.store(shared + 4 * i, 1);
        }
        TensorMaps.fence();
        Blocks.barrier();
        if (context.localIdx == 0) {
            TensorMaps.store(halves, TensorMaps.map(0, halves), shared, 0, 0);
        }
        Blocks.barrier();
        return shared;
    }

    public static void storeNeverCommitted(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        storedBox(context, halves);
        TensorMaps.awaitRead(0);
    }

    public static void storeNeverAwaited(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        storedBox(context, halves);
        TensorMaps.commit();
    }

    public static void writesStoredBox(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = storedBox(context, halves);
        TensorMaps.commit();
        TensorMaps.awaitRead(1);
        SharedMemory.store(shared + 4 * context.localIdx, 2);
    }

    /** Every thread waits, which only the one that stored can. */
    public static void othersAwait(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = storedBox(context, halves);
        TensorMaps.commit();
        TensorMaps.awaitRead(0);
        if (context.localIdx > 0) {
            SharedMemory.store(shared + 4 * context.localIdx, 2);
        }
    }
}
