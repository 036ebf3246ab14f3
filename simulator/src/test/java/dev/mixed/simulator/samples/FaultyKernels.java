// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels with one mistake each, and their corrected forms. */
public final class FaultyKernels {
    private FaultyKernels() {
    }

    /** Reverses each block; without the barrier a thread reads what another has not written yet. */
    public static void reverseWithoutBarrier(KernelContext context, FloatArray x, FloatArray y) {
        int thread = context.localIdx;
        int size = context.localGroupSizeX;
        float[] local = context.allocateFloatLocalArray(size);
        local[thread] = x.get(context.globalIdx);
        y.set(context.globalIdx, local[size - 1 - thread]);
    }

    public static void reverse(KernelContext context, FloatArray x, FloatArray y) {
        int thread = context.localIdx;
        int size = context.localGroupSizeX;
        float[] local = context.allocateFloatLocalArray(size);
        local[thread] = x.get(context.globalIdx);
        context.localBarrier();
        y.set(context.globalIdx, local[size - 1 - thread]);
    }

    /** The second write of the loop may come before another thread's read. */
    public static void loopWithoutSecondBarrier(KernelContext context, FloatArray x, FloatArray y) {
        int thread = context.localIdx;
        int size = context.localGroupSizeX;
        float[] local = context.allocateFloatLocalArray(size);
        float sum = 0f;
        for (int i = 0; i < 3; i++) {
            local[thread] = x.get(context.globalIdx) + i;
            context.localBarrier();
            sum += local[size - 1 - thread];
        }
        y.set(context.globalIdx, sum);
    }

    /** Only the first half of the block reaches the barrier. */
    public static void divergentBarrier(KernelContext context, FloatArray x, FloatArray y) {
        if (context.localIdx < context.localGroupSizeX / 2) {
            context.localBarrier();
        }
        y.set(context.globalIdx, x.get(context.globalIdx));
    }

    /** Two barriers, each for one half of the block. */
    @SuppressWarnings("DuplicateBranches") // two places to wait at, which is the fault
    public static void twoBarriers(KernelContext context, FloatArray x, FloatArray y) {
        if (context.localIdx < context.localGroupSizeX / 2) {
            context.localBarrier();
        } else {
            context.localBarrier();
        }
        y.set(context.globalIdx, x.get(context.globalIdx));
    }

    public static void readsNext(KernelContext context, FloatArray x, FloatArray y) {
        y.set(context.globalIdx, x.get(context.globalIdx + 1));
    }

    public static void readsPrevious(KernelContext context, FloatArray x, FloatArray y) {
        y.set(context.globalIdx, x.get(context.globalIdx - 1));
    }

    public static void writesBehind(KernelContext context, FloatArray x, FloatArray y) {
        y.set(context.globalIdx + 4, x.get(context.globalIdx));
    }

    public static void localNext(KernelContext context, FloatArray x, FloatArray y) {
        float[] local = context.allocateFloatLocalArray(context.localGroupSizeX);
        local[context.localIdx + 1] = x.get(context.globalIdx);
        context.localBarrier();
        y.set(context.globalIdx, local[context.localIdx]);
    }

    /** Through a helper of another class. */
    public static void localThroughHelper(KernelContext context, FloatArray x, FloatArray y) {
        float[] local = context.allocateFloatLocalArray(context.localGroupSizeX);
        Helpers.put(local, context.localIdx - 1, x.get(context.globalIdx));
        context.localBarrier();
        y.set(context.globalIdx, local[context.localIdx]);
    }

    /** Helpers outside the kernel's class. */
    static final class Helpers {
        private Helpers() {
        }

        static void put(float[] array, int index, float value) {
            store(array, index, value);
        }

        private static void store(float[] array, int index, float value) {
            array[index] = value;
        }
    }

    /** All blocks write one element. */
    public static void blocksWriteOne(KernelContext context, FloatArray x, FloatArray y) {
        if (context.localIdx == 0) {
            y.set(0, context.groupIdx + 1f);
        }
    }

    /** A block reads what another wrote in the same launch. */
    public static void blockReadsOther(KernelContext context, FloatArray x, FloatArray y) {
        y.set(context.globalIdx, x.get(context.globalIdx) + 1f);
        context.globalBarrier();
        if (context.groupIdx > 0 && context.localIdx == 0) {
            x.set(context.globalIdx, y.get(context.globalIdx - 1));
        }
    }

    /** A block writes what an earlier block, and then it itself, read. */
    public static void blockWritesRead(KernelContext context, FloatArray x, FloatArray y) {
        y.set(context.globalIdx, x.get(0));
        context.globalBarrier();
        if (context.groupIdx == 1 && context.localIdx == 0) {
            x.set(0, 7f);
        }
    }

    /** Neighbours of one block meet in global memory. */
    public static void globalNeighbours(KernelContext context, FloatArray x, FloatArray y) {
        y.set(context.globalIdx, x.get(context.globalIdx) + 1f);
        x.set(context.globalIdx, y.get(context.globalIdx ^ 1));
    }

    public static void globalNeighboursWithBarrier(KernelContext context, FloatArray x, FloatArray y) {
        y.set(context.globalIdx, x.get(context.globalIdx) + 1f);
        context.globalBarrier();
        x.set(context.globalIdx, y.get(context.globalIdx ^ 1));
    }

    public static void countsWithoutAtomics(KernelContext context, IntArray values, IntArray counts) {
        int value = values.get(context.globalIdx);
        counts.set(value, counts.get(value) + 1);
    }

    /** An atomic update does not protect a plain read. */
    public static void readsWhatOthersUpdate(KernelContext context, IntArray values, IntArray counts) {
        context.atomicAdd(counts, 0, 1);
        values.set(context.globalIdx, counts.get(0));
    }

    public static void allRaiseOneFlag(KernelContext context, IntArray values, IntArray flags) {
        if (values.get(context.globalIdx) >= 0) {
            flags.set(0, 1);
        }
    }

    /** Lanes that left do not take part in the shuffle. */
    public static void shuffleAfterReturn(KernelContext context, FloatArray x, FloatArray y) {
        if (context.localIdx >= 20) {
            return;
        }
        y.set(context.globalIdx, context.simdShuffleDown(x.get(context.globalIdx), 1));
    }

    public static void divergentWarp(KernelContext context, FloatArray x, FloatArray y) {
        float value = x.get(context.globalIdx);
        if (context.localIdx % 2 == 0) {
            value = context.simdSum(value);
        } else {
            value = context.simdShuffleDown(value, 1);
        }
        y.set(context.globalIdx, value);
    }

    public static void shuffles(KernelContext context, FloatArray x, FloatArray y) {
        float value = x.get(context.globalIdx);
        float down = context.simdShuffleDown(value, 3);
        float first = context.simdBroadcastFirst(value);
        y.set(context.globalIdx, down + 1000f * first);
    }

    /** Reads the tile before, and again after, the copy has arrived. */
    public static void readsBeforeWait(KernelContext context, HalfFloatArray x, IntArray before, IntArray after) {
        int thread = context.localIdx;
        int[] tile = context.allocateIntLocalArray(context.localGroupSizeX);
        tile[thread] = -1;
        context.asyncCopyToLocal(tile, thread, x, 2 * thread);
        context.asyncCopyCommit();
        before.set(thread, tile[thread]);
        context.asyncCopyWaitGroup(0);
        after.set(thread, tile[thread]);
    }

    public static void copiesFromOddElement(KernelContext context, HalfFloatArray x, IntArray before, IntArray after) {
        int[] tile = context.allocateIntLocalArray(32);
        context.asyncCopyToLocal(tile, context.localIdx, x, 2 * context.localIdx + 1);
    }

    /** The tile is missing its last row. */
    public static void fragmentOutsideTile(KernelContext context, FloatArray x, FloatArray y) {
        int[] tile = context.allocateIntLocalArray(15 * 8);
        context.mmaLoadA(tile, 16);
    }

    public static void misalignedFragment(KernelContext context, FloatArray x, FloatArray y) {
        int[] tile = context.allocateIntLocalArray(32 * 8);
        context.mmaLoadA(tile, 16, 8);
    }

    public static void tooMuchLocalMemory(KernelContext context, FloatArray x, FloatArray y) {
        context.allocateFloatLocalArray(8 * 1024);
        context.allocateFloatLocalArray(4 * 1024 + 1);
    }

    public static void differentLocalArrays(KernelContext context, FloatArray x, FloatArray y) {
        context.allocateFloatLocalArray(context.localIdx + 1);
    }

    public static void eightBitFragments(KernelContext context, FloatArray x, FloatArray y) {
        context.mmaFragmentInt(0);
    }
}
