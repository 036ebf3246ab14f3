// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.context;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** The thread behind a {@code KernelContext}, which passes all operations on to it. */
public interface GpuThread {
    /** Waits until all threads of the block are here. */
    void barrier(String name);

    /** The block's next local array. The n-th call of each thread of a block gets the same array. */
    Object allocate(Class<?> elementType, int size);

    /** Announces that this thread reads an element of an array of that size. */
    void read(Object array, int index, int size);

    /** Announces that this thread replaces an element; {@code same} where its value stays the same. */
    void write(Object array, int index, int size, boolean same);

    /** Announces an atomic update of an element. */
    void atomic(Object array, int index, int size);

    /** The sum over the warp, in every lane. */
    float simdSum(float value);

    /** The value of the lane {@code delta} places up; this lane's own where the warp has no such lane. */
    float simdShuffleDown(float value, int delta);

    /** The value of the warp's first lane. */
    float simdBroadcastFirst(float value);

    /** A 16x16 operand fragment, 8 halves a lane, from rows of 32 bytes. */
    HalfFloat[] loadA(int[] tile, int byteOffset);

    /** A 16x8 operand fragment, 4 halves a lane, from rows of 16 bytes. */
    HalfFloat[] loadB(int[] tile, int byteOffset);

    /** As {@link #loadB}, from rows whose halves were stored swizzled. */
    HalfFloat[] loadBSwizzled(HalfFloat[] tile, int byteOffset);

    /** a * b + c over the warp's fragments, m16n8k16. */
    float[] multiply(HalfFloat[] a, HalfFloat[] b, float[] c);

    /** Stores this lane's four results of a 16x8 tile whose corner is at (row, column) of a row-major matrix. */
    void store(float[] fragment, FloatArray target, int row, int column, int rowLength);

    /** Starts copying two halves into one int of local memory. */
    void asyncCopy(int[] tile, int index, HalfFloatArray source, int sourceIndex);

    /** Closes the group of copies started since the last call. */
    void asyncCommit();

    /** Waits until at most {@code groups} of this thread's groups have not arrived. */
    void asyncWait(int groups);
}
