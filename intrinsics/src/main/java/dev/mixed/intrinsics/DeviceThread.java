// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * The thread of a simulated GPU behind an intrinsic's body. Words are 32 bits; two halves lie in one with the first in the low bits. Implementations
 * fail where a real GPU would give wrong results: on misaligned or unordered accesses, missing waits and fences, instructions that not all threads of
 * a warp, or warpgroup, reach.
 */
public interface DeviceThread {
    /** The kinds of an mma instruction's operands. */
    enum Operands {
        F16, BF16, TF32
    }

    /**
     * The thread that runs.
     *
     * @throws UnsupportedOperationException outside of a simulated kernel
     */
    static DeviceThread current() {
        DeviceThread thread = Holder.THREAD.get();
        if (thread == null) {
            throw new UnsupportedOperationException("an intrinsic runs on a GPU or on the simulator; launch the kernel over a grid");
        }
        return thread;
    }

    /** Sets what {@link #current} gives on this Java thread; null for none. */
    static void set(@Nullable DeviceThread thread) {
        Holder.THREAD.set(thread);
    }

    /** Keeps the thread. */
    final class Holder {
        private static final ThreadLocal<@Nullable DeviceThread> THREAD = new ThreadLocal<>();

        private Holder() {
        }
    }

    // --- the grid ----------------------------------------------------------------------------------------------------------------

    /** Blocks of the grid along x. */
    int gridX();

    /** A barrier of all threads of the block. */
    void barrier();

    /** A barrier of {@code threads} threads of the block, with a number from 1 to 15. */
    void barrier(int number, int threads);

    // --- shared memory -----------------------------------------------------------------------------------------------------------

    /** The address of the block's shared memory of a kernel that declares it: a multiple of 1024. {@code dynamic}: the launch brings it. */
    int sharedMemory(int bytes, boolean dynamic);

    int loadShared(int address);

    void storeShared(int address, int word);

    // --- native arrays -----------------------------------------------------------------------------------------------------------

    /** Fails where element {@code index}, of {@code bytes} bytes each, does not lie at a multiple of {@code alignment} bytes from the array's start. */
    void requireAligned(String operation, int index, int bytes, int alignment);

    /** Elements index and index + 1. */
    int loadPair(HalfFloatArray array, int index);

    void storePair(HalfFloatArray array, int index, int word);

    short loadHalf(HalfFloatArray array, int index);

    void storeHalf(HalfFloatArray array, int index, short bits);

    float load(FloatArray array, int index);

    void store(FloatArray array, int index, float value);

    int load(IntArray array, int index);

    void store(IntArray array, int index, int value);

    /** An atomic sum; gives what was there before. */
    float atomicAdd(FloatArray array, int index, float value);

    /** An atomic sum; gives what was there before. */
    int atomicAdd(IntArray array, int index, int value);

    /** Stands for the address of an array. */
    long address(TornadoNativeArray array);

    /** The array of floats of that address. */
    FloatArray floats(long address);

    /** The array of halves of that address. */
    HalfFloatArray halves(long address);

    // --- asynchronous copies (cp.async) --------------------------------------------------------------------------------------------

    /** Starts a copy of {@code bytes} bytes from element {@code index} on, of which the first {@code valid} are read and the rest are zeros. */
    void copyAsync(int to, TornadoNativeArray from, int index, int bytes, int valid);

    void commitCopies();

    void awaitCopies(int groups);

    // --- warps -------------------------------------------------------------------------------------------------------------------

    /** A barrier of the warp's lanes. */
    void warpBarrier();

    /** The word of the lane {@code lane ^ mask}. */
    int shuffleXor(int word, int mask);

    /** The word of that lane. */
    int shuffle(int word, int lane);

    /** Four 8x8 matrices of halves (b16) from rows of 16 bytes, whose addresses lanes 0-7, 8-15, 16-23 and 24-31 give. */
    void loadMatrices(int[] to, int at, int address, boolean transposed);

    void storeMatrices(int address, int[] words, boolean transposed);

    /** c += a b, [16, depth] by [depth, 8], in the fragments of mma.sync. */
    void mma(Operands operands, int depth, float[] c, int cAt, int[] a, int aAt, int[] b, int bAt);

    // --- mbarriers, and copies by tensor maps --------------------------------------------------------------------------------------

    void initBarrier(int barrier, int arrivals);

    void fenceBarrierInit();

    void arrive(int barrier);

    void arriveExpecting(int barrier, int bytes);

    void awaitPhase(int barrier, int parity);

    /** Stands for the address of the launch's tensor map of that number, which is of {@code array}. */
    long tensorMap(int number, TornadoNativeArray array);

    /** Starts a copy of the map's box at these coordinates, innermost first, to shared memory; its bytes arrive at the barrier. */
    void copyBox(int to, long map, int barrier, int... coordinates);

    /** Starts a copy of the map's box from shared memory to {@code array}, of which the map is; what lies outside is left out. */
    void storeBox(TornadoNativeArray array, long map, int from, int... coordinates);

    void commitBoxes();

    /** Waits until at most so many of the thread's groups of stores have still to read shared memory. */
    void awaitBoxesRead(int groups);

    /** Orders the thread's accesses to shared memory before those by tensor maps and wgmma. */
    void fenceAsync();

    // --- warpgroups --------------------------------------------------------------------------------------------------------------

    void wgmmaFence();

    void wgmmaCommit();

    void wgmmaAwait(int groups);

    /** sums [64, n] = a [64, 16] b [16, n] of halves, both in shared memory, plus what they were. */
    void wgmma(float[] sums, int n, long a, long b, boolean accumulate, boolean transposeA, boolean transposeB);

    /** The same, a from registers. */
    void wgmma(float[] sums, int n, int[] a, int aAt, long b, boolean accumulate, boolean transposeB);

    /** setmaxnreg: the warpgroup has so many registers a thread from here on. */
    void setRegisters(int registers, boolean more);
}
