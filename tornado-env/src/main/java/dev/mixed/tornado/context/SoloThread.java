// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.context;

import java.util.Objects;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** The thread of a kernel that is called as a plain method: the only one of its block and of its warp. */
public final class SoloThread implements GpuThread {
    @Override
    public void barrier(String name) {
        // There is no other thread to wait for.
    }

    @Override
    public Object allocate(Class<?> elementType, int size) {
        return LocalArrays.allocate(elementType, size);
    }

    @Override
    public void read(Object array, int index, int size) {
        Objects.checkIndex(index, size);
    }

    @Override
    public void write(Object array, int index, int size, boolean same) {
        Objects.checkIndex(index, size);
    }

    @Override
    public void atomic(Object array, int index, int size) {
        Objects.checkIndex(index, size);
    }

    @Override
    public float simdSum(float value) {
        return value;
    }

    @Override
    public float simdShuffleDown(float value, int delta) {
        return value;
    }

    @Override
    public float simdBroadcastFirst(float value) {
        return value;
    }

    @Override
    public HalfFloat[] loadA(int[] tile, int byteOffset) {
        throw needsWarp("mmaLoadA");
    }

    @Override
    public HalfFloat[] loadB(int[] tile, int byteOffset) {
        throw needsWarp("mmaLoadB");
    }

    @Override
    public HalfFloat[] loadBSwizzled(HalfFloat[] tile, int byteOffset) {
        throw needsWarp("mmaLoadBSwizzled");
    }

    @Override
    public float[] multiply(HalfFloat[] a, HalfFloat[] b, float[] c) {
        throw needsWarp("mma");
    }

    @Override
    public void store(float[] fragment, FloatArray target, int row, int column, int rowLength) {
        throw needsWarp("mmaStore");
    }

    private static UnsupportedOperationException needsWarp(String operation) {
        return new UnsupportedOperationException(operation + " needs the 32 threads of a warp: run the kernel with a WorkerGrid");
    }

    @Override
    public void asyncCopy(int[] tile, int index, HalfFloatArray source, int sourceIndex) {
        tile[index] = LocalArrays.packedPair(source, sourceIndex);
    }

    @Override
    public void asyncCommit() {
        // asyncCopy has copied already.
    }

    @Override
    public void asyncWait(int groups) {
        // asyncCopy has copied already.
    }
}
