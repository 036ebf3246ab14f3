// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels that misuse shared and global memory, copies to it, and warps. */
public final class FaultyMemoryIntrinsics {
    private FaultyMemoryIntrinsics() {
    }

    public static void readsNull(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        SharedMemory.allocate(64);
        ints.set(context.localIdx, SharedMemory.load(0));
    }

    public static void writesBehind(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(64);
        SharedMemory.store(shared + 4 * context.localIdx, 1);
    }

    public static void readsByNoAddress(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        floats.set(context.localIdx, Addresses.load(Addresses.at(ints, 0), 0));
    }

    public static void readsHalvesWhereFloatsAre(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        GlobalMemory.store2(halves, 2 * context.localIdx, Addresses.read2(Addresses.reading(floats), 0));
    }

    public static void readsBehindByAddress(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Addresses.keep(ints, context.localIdx, floats);
        Addresses.load(Addresses.at(ints, context.localIdx), floats.getSize());
    }

    public static void hasNone(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        SharedMemory.store(1024, 1);
    }

    public static void misaligned(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(64);
        SharedMemory.store(shared + 2 * context.localIdx, 1);
    }

    public static void misalignedFour(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(1024);
        SharedMemory.store4(shared + 8 * context.localIdx, Registers.words(4), 0);
    }

    public static void readsWhatNobodyWrote(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(256);
        SharedMemory.store(shared + 4 * context.localIdx, 1);
        Blocks.barrier();
        ints.set(context.localIdx, SharedMemory.load(shared + 4 + 4 * context.localIdx));
    }

    public static void tooMuchStatic(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        context.allocateFloatLocalArray(1);
        SharedMemory.allocate(48 * 1024);
    }

    public static void differentSizes(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        SharedMemory.allocate(64 + 4 * context.localIdx);
    }

    public static void allocatesTwice(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        SharedMemory.allocate(64);
        SharedMemory.allocate(64);
    }

    public static void allocatesAfterDynamic(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        SharedMemory.dynamic();
        SharedMemory.allocate(64);
    }

    public static void noDynamic(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        SharedMemory.dynamic();
    }

    public static void readsNeighbour(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(256);
        SharedMemory.store(shared + 4 * context.localIdx, 1);
        ints.set(context.localIdx, SharedMemory.load(shared + 4 * (context.localIdx & -2)));
    }

    public static void writesReadWord(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(256);
        SharedMemory.store(shared + 4 * context.localIdx, 1);
        Blocks.barrier();
        ints.set(context.localIdx, SharedMemory.load(shared + 4 * ((context.localIdx + 1) % 32)));
        SharedMemory.store(shared + 4 * context.localIdx, 2);
    }

    public static void allWriteOne(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(256);
        SharedMemory.store(shared, context.localIdx);
    }

    /** A barrier of each half orders nothing between them. */
    public static void barrierOfOthers(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(256);
        SharedMemory.store(shared + 4 * context.localIdx, 1);
        Blocks.barrier(1 + context.localIdx / 32, 32);
        if (context.localIdx >= 32) {
            ints.set(context.localIdx, SharedMemory.load(shared + 4 * (63 - context.localIdx)));
        }
    }

    /** Lanes of a warp are ordered by its barrier, those of two warps are not. */
    public static void warpBarrierForABlock(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(256);
        SharedMemory.store(shared + 4 * context.localIdx, 1);
        Warps.barrier();
        if (context.localIdx >= 32) {
            ints.set(context.localIdx, SharedMemory.load(shared + 4 * (63 - context.localIdx)));
        }
    }

    // --- cp.async ----------------------------------------------------------------------------------------------------------------

    public static void readsBeforeAwait(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(512);
        AsyncCopies.copy8(shared + 16 * context.localIdx, halves, 8 * context.localIdx);
        AsyncCopies.commit();
        AsyncCopies.await(1);
        ints.set(context.localIdx, SharedMemory.load(shared + 16 * context.localIdx));
    }

    public static void awaitsWithoutCommit(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(512);
        AsyncCopies.copy8(shared + 16 * context.localIdx, halves, 8 * context.localIdx);
        AsyncCopies.await(0);
        ints.set(context.localIdx, SharedMemory.load(shared + 16 * context.localIdx));
    }

    public static void readsOthersCopy(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(512);
        AsyncCopies.copy8(shared + 16 * context.localIdx, halves, 8 * context.localIdx);
        AsyncCopies.commit();
        AsyncCopies.await(0);
        ints.set(context.localIdx, SharedMemory.load(shared + 16 * (context.localIdx & -2)));
    }

    /** The barrier comes before the wait, which orders too little. */
    public static void barrierBeforeAwait(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(512);
        AsyncCopies.copy8(shared + 16 * context.localIdx, halves, 8 * context.localIdx);
        AsyncCopies.commit();
        Blocks.barrier();
        AsyncCopies.await(0);
        ints.set(context.localIdx, SharedMemory.load(shared + 16 * (context.localIdx & -2)));
    }

    public static void writesUnderCopy(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(512);
        AsyncCopies.copy8(shared + 16 * context.localIdx, halves, 8 * context.localIdx);
        SharedMemory.store(shared + 16 * context.localIdx + 12, 1);
    }

    public static void copiesOverRead(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(512);
        int t = context.localIdx;
        AsyncCopies.copy8(shared + 16 * t, halves, 8 * t);
        AsyncCopies.commit();
        AsyncCopies.await(0);
        Blocks.barrier();
        ints.set(t, SharedMemory.load(shared + 16 * (31 - t)));
        AsyncCopies.copy8(shared + 16 * t, halves, 8 * t);
    }

    public static void copiesFromOddPlace(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        AsyncCopies.copy8(SharedMemory.allocate(512), halves, 4);
    }

    public static void copiesToOddPlace(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        AsyncCopies.copy4(SharedMemory.allocate(512) + 8, floats, 0);
    }

    public static void copiesFromBehind(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        AsyncCopies.copy8(SharedMemory.allocate(512) + 16 * context.localIdx, halves, halves.getSize() - 8 + 8 * context.localIdx);
    }

    public static void copiesTooMany(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        AsyncCopies.copy8(SharedMemory.allocate(512), halves, 0, 18);
    }

    // --- warps -------------------------------------------------------------------------------------------------------------------

    public static void misalignedRow(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        Matrices.load(Registers.words(4), 0, SharedMemory.allocate(512) + 8 + 16 * (context.localIdx % 31));
    }

    /** What stmatrix stores is other lanes' only after something orders it. */
    public static void readsStoredMatrix(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int shared = SharedMemory.allocate(512);
        Matrices.store(shared + 16 * context.localIdx, 1, 2, 3, 4);
        ints.set(context.localIdx, SharedMemory.load(shared + 4 * context.localIdx));
    }

    public static void someLanesShuffle(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        if (context.localIdx < 16) {
            ints.set(context.localIdx, Warps.shuffleXor(1, 1));
        }
    }

    public static void lanesDiffer(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        int value = 1;
        if (context.localIdx < 16) {
            value = Warps.shuffleXor(value, 1);
        } else {
            value = Warps.shuffle(value, 1);
        }
        ints.set(context.localIdx, value);
    }

    // --- global memory -----------------------------------------------------------------------------------------------------------

    public static void misalignedVector(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        GlobalMemory.load8(Registers.words(4), 0, halves, 4 * context.localIdx);
    }

    public static void readsBehind(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        GlobalMemory.load4(Registers.floats(4), 0, floats, floats.getSize() - 4 + 4 * context.localIdx);
    }

    public static void globalRace(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        GlobalMemory.store(floats, context.localIdx, 1 + GlobalMemory.load(floats, context.localIdx ^ 1));
    }

    public static void readsWhileAdding(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints) {
        GlobalMemory.atomicAdd(floats, 0, GlobalMemory.load(floats, 0));
    }
}
