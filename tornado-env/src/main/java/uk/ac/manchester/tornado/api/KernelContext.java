// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import dev.mixed.tornado.context.GpuThread;
import dev.mixed.tornado.context.SoloThread;
import dev.mixed.tornado.context.ThreadPosition;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.vectors.Half2;

/**
 * What a kernel knows of its thread and can do with it: indices, local memory, barriers, atomics, warp and tensor-core operations.
 *
 * <p>A context that the application makes is a placeholder among a task's arguments; each thread of a launched grid gets its own.
 */
public class KernelContext {
    public final Integer globalIdx;
    public final Integer globalIdy;
    public final Integer globalIdz;
    public final Integer groupIdx;
    public final Integer groupIdy;
    public final Integer groupIdz;
    public final Integer localIdx;
    public final Integer localIdy;
    public final Integer localIdz;
    /** Threads of the grid along x. */
    public final Integer globalGroupSizeX;
    public final Integer globalGroupSizeY;
    public final Integer globalGroupSizeZ;
    /** Threads of a block along x. */
    public final Integer localGroupSizeX;
    public final Integer localGroupSizeY;
    public final Integer localGroupSizeZ;

    private final GpuThread thread;

    /** A placeholder: every index is 0, and a kernel called with it as a plain method is one thread alone. */
    public KernelContext() {
        this(ThreadPosition.NONE, new SoloThread());
    }

    /** The context of a thread in a grid, for the module simulator. */
    private KernelContext(ThreadPosition position, GpuThread thread) {
        this.thread = thread;
        globalIdx = position.global().x();
        globalIdy = position.global().y();
        globalIdz = position.global().z();
        groupIdx = position.block().x();
        groupIdy = position.block().y();
        groupIdz = position.block().z();
        localIdx = position.local().x();
        localIdy = position.local().y();
        localIdz = position.local().z();
        globalGroupSizeX = position.gridSize().x();
        globalGroupSizeY = position.gridSize().y();
        globalGroupSizeZ = position.gridSize().z();
        localGroupSizeX = position.blockSize().x();
        localGroupSizeY = position.blockSize().y();
        localGroupSizeZ = position.blockSize().z();
    }

    /** Waits for all threads of the block; what they wrote to local memory is visible after it. */
    public void localBarrier() {
        thread.barrier("localBarrier");
    }

    /** Waits for all threads of the block (of no other block); what they wrote to global memory is visible after it. */
    public void globalBarrier() {
        thread.barrier("globalBarrier");
    }

    /** The block's local array of that many ints. */
    public int[] allocateIntLocalArray(int size) {
        return (int[]) thread.allocate(int.class, size);
    }

    /** The block's local array of that many bytes. */
    public byte[] allocateByteLocalArray(int size) {
        return (byte[]) thread.allocate(byte.class, size);
    }

    /** The block's local array of that many halves. */
    public HalfFloat[] allocateHalfFloatLocalArray(int size) {
        return (HalfFloat[]) thread.allocate(HalfFloat.class, size);
    }

    /** The block's local array of that many pairs of halves. */
    public Half2[] allocateHalf2LocalArray(int size) {
        return (Half2[]) thread.allocate(Half2.class, size);
    }

    /** The block's local array of that many longs. */
    public long[] allocateLongLocalArray(int size) {
        return (long[]) thread.allocate(long.class, size);
    }

    /** The block's local array of that many floats. */
    public float[] allocateFloatLocalArray(int size) {
        return (float[]) thread.allocate(float.class, size);
    }

    /** The block's local array of that many doubles. */
    public double[] allocateDoubleLocalArray(int size) {
        return (double[]) thread.allocate(double.class, size);
    }

    /** The sum over the 32 threads of the warp, in each of them: by halves, 16 apart, then 8, 4, 2, 1. */
    public float simdSum(float val) {
        return thread.simdSum(val);
    }

    /** The value of the lane {@code delta} places up in the warp; this lane's own where the warp has no such lane. */
    public float simdShuffleDown(float val, int delta) {
        return thread.simdShuffleDown(val, delta);
    }

    /** The value of the warp's first thread. */
    public float simdBroadcastFirst(float val) {
        return thread.simdBroadcastFirst(val);
    }

    /** array[index] += val, in one indivisible step. */
    public void atomicAdd(IntArray array, int index, int val) {
        thread.atomic(array, index, array.getSize());
        array.set(index, array.get(index) + val);
    }

    /** array[index] += val, in one indivisible step. */
    public void atomicAdd(int[] array, int index, int val) {
        thread.atomic(array, index, array.length);
        array[index] += val;
    }

    /** array[index] += val, in one indivisible step. */
    public void atomicAdd(FloatArray array, int index, float val) {
        thread.atomic(array, index, array.getSize());
        array.set(index, array.get(index) + val);
    }

    /** array[index] += val, in one indivisible step. */
    public void atomicAdd(LongArray array, int index, long val) {
        thread.atomic(array, index, array.getSize());
        array.set(index, array.get(index) + val);
    }

    /** array[index] += val, in one indivisible step. */
    public void atomicAdd(DoubleArray array, int index, double val) {
        thread.atomic(array, index, array.getSize());
        array.set(index, array.get(index) + val);
    }

    /** The half at (row, col) of a tile whose 16-byte chunks are rotated every 128 bytes. */
    public HalfFloat swizzleLoadFp16Stride32(HalfFloat[] arr, int row, int col, int stride) {
        int index = swizzled((row * stride + col) * 2, 7, 4) / 2;
        thread.read(arr, index, arr.length);
        return arr[index];
    }

    /** Stores a half where {@link #swizzleLoadFp16Stride32} finds it. */
    public void swizzleStoreFp16Stride32(HalfFloat[] arr, int row, int col, int stride, HalfFloat v) {
        put(arr, swizzled((row * stride + col) * 2, 7, 4) / 2, v);
    }

    /** The half at (row, col) of a tile whose 8-byte chunks are rotated every 64 bytes. */
    public HalfFloat swizzleLoadFp16Stride16(HalfFloat[] arr, int row, int col, int stride) {
        int index = swizzled((row * stride + col) * 2, 6, 3) / 2;
        thread.read(arr, index, arr.length);
        return arr[index];
    }

    /** Stores a half where {@link #swizzleLoadFp16Stride16} finds it. */
    public void swizzleStoreFp16Stride16(HalfFloat[] arr, int row, int col, int stride, HalfFloat v) {
        put(arr, swizzled((row * stride + col) * 2, 6, 3) / 2, v);
    }

    /** Stores a half of the 16x8 sub-tile at {@code byteOffset} where {@link #mmaLoadBSwizzled(HalfFloat[], int, int)} finds it. */
    public void mmaStoreBSwizzled(HalfFloat[] arr, int row, int col, int stride, HalfFloat value, int byteOffset) {
        put(arr, (swizzled((row * stride + col) * 2, 7, 4) + byteOffset) / 2, value);
    }

    private void put(HalfFloat[] array, int index, HalfFloat value) {
        boolean inside = index >= 0 && index < array.length;
        thread.write(array, index, array.length, inside && array[index].getHalfFloatValue() == value.getHalfFloatValue());
        array[index] = value;
    }

    private static int swizzled(int byteOffset, int fromBit, int toBit) {
        return byteOffset ^ (byteOffset >> fromBit & 7) << toBit;
    }

    /** A lane's four values of a 16x8 accumulator, all set to v. */
    public float[] mmaFragment(float v) {
        return new float[] {v, v, v, v};
    }

    /** The 16x16 left operand at the start of a tile. */
    public HalfFloat[] mmaLoadA(int[] aTile, int wmmaK) {
        return mmaLoadA(aTile, wmmaK, 0);
    }

    /** The 16x8 right operand at the start of a tile. */
    public HalfFloat[] mmaLoadB(int[] bTile, int wmmaK) {
        return mmaLoadB(bTile, wmmaK, 0);
    }

    /** The swizzled 16x8 right operand at the start of a tile. */
    public HalfFloat[] mmaLoadBSwizzled(HalfFloat[] bTile, int wmmaK) {
        return mmaLoadBSwizzled(bTile, wmmaK, 0);
    }

    /** The 16x16 left operand in rows of 32 bytes (two halves an int); each lane adds its own {@code byteOffset} to the address of its row. */
    public HalfFloat[] mmaLoadA(int[] aTile, int wmmaK, int byteOffset) {
        requireK16(wmmaK, "mmaLoadA");
        return thread.loadA(aTile, byteOffset);
    }

    /** The 16x8 right operand in 16 rows of 16 bytes; each lane adds its own {@code byteOffset} to the address of its row. */
    public HalfFloat[] mmaLoadB(int[] bTile, int wmmaK, int byteOffset) {
        requireK16(wmmaK, "mmaLoadB");
        return thread.loadB(bTile, byteOffset);
    }

    /** The 16x8 right operand that {@link #mmaStoreBSwizzled} stored at the same byte offset. */
    public HalfFloat[] mmaLoadBSwizzled(HalfFloat[] bTile, int wmmaK, int byteOffset) {
        requireK16(wmmaK, "mmaLoadBSwizzled");
        return thread.loadBSwizzled(bTile, byteOffset);
    }

    private static void requireK16(int k, String operation) {
        if (k != 16) {
            throw new UnsupportedOperationException(operation + " with K = " + k + ": only 16, the K of m16n8k16, runs on the JVM");
        }
    }

    /** fragA * fragB + fragC over the warp, of halves, in float; each lane holds the elements that PTX's m16n8k16 gives it. */
    public float[] mma(HalfFloat[] fragA, HalfFloat[] fragB, float[] fragC, MMAShape mmaShape) {
        if (mmaShape != MMAShape.M16N8K16) {
            throw new UnsupportedOperationException("mma of shape " + mmaShape + ": only M16N8K16 runs on the JVM");
        }
        return thread.multiply(fragA, fragB, fragC);
    }

    /** Stores a 16x8 result at (tileRow, tileCol), in elements, of a row-major matrix with dimN columns. */
    public void mmaStore(float[] fragD, FloatArray c, int tileRow, int tileCol, int dimN) {
        thread.store(fragD, c, tileRow, tileCol, dimN);
    }

    /** Starts copying src[srcIndex] and src[srcIndex + 1] into dstTile[dstIndex]; they arrive at {@link #asyncCopyWaitGroup}. */
    public void asyncCopyToLocal(int[] dstTile, int dstIndex, HalfFloatArray src, int srcIndex) {
        thread.asyncCopy(dstTile, dstIndex, src, srcIndex);
    }

    /** Closes a group: the copies that this thread started since it closed the last one. */
    public void asyncCopyCommit() {
        thread.asyncCommit();
    }

    /** Waits until at most {@code groups} of this thread's groups have not arrived; the oldest arrive first. */
    public void asyncCopyWaitGroup(int groups) {
        thread.asyncWait(groups);
    }

    public void asyncCopyToLocal(int[] dstTile, int dstIndex, ByteArray src, int srcIndex) {
        throw unsupported("asyncCopyToLocal from a ByteArray");
    }

    public byte swizzleLoadInt8(byte[] arr, int row, int col, int stride) {
        throw unsupported("swizzleLoadInt8");
    }

    public void swizzleStoreInt8(byte[] arr, int row, int col, int stride, byte v) {
        throw unsupported("swizzleStoreInt8");
    }

    public float[] mmaBF16(HalfFloat[] fragA, HalfFloat[] fragB, float[] fragC, MMAShape mmaShape) {
        throw unsupported("mmaBF16");
    }

    public int[] mmaFragmentInt(int initValue) {
        throw unsupported("mmaFragmentInt");
    }

    public byte[] mmaLoadAInt8(int[] aTile, int tileK) {
        throw unsupported("mmaLoadAInt8");
    }

    public byte[] mmaLoadBInt8(int[] bTile, int tileK) {
        throw unsupported("mmaLoadBInt8");
    }

    public int[] mmaInt8(byte[] fragA, byte[] fragB, int[] fragC, MMAShape shape) {
        throw unsupported("mmaInt8");
    }

    public void mmaStoreInt(int[] fragD, IntArray out, int row, int col, int stride) {
        throw unsupported("mmaStoreInt");
    }

    public byte[] mmaLoadAFP8(int[] aTile, int tileK) {
        throw unsupported("mmaLoadAFP8");
    }

    public byte[] mmaLoadBFP8(int[] bTile, int tileK) {
        throw unsupported("mmaLoadBFP8");
    }

    public float[] mmaFP8E4M3(byte[] fragA, byte[] fragB, float[] fragC, MMAShape shape) {
        throw unsupported("mmaFP8E4M3");
    }

    public float[] mmaFP8E5M2(byte[] fragA, byte[] fragB, float[] fragC, MMAShape shape) {
        throw unsupported("mmaFP8E5M2");
    }

    private static UnsupportedOperationException unsupported(String operation) {
        return new UnsupportedOperationException("KernelContext." + operation + " does not run on the JVM: miXed's kernels do not use it");
    }
}
