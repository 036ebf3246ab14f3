package uk.ac.manchester.tornado.api;

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
 * One thread's view of its grid. A program makes one to pass to its tasks; a task graph gives each thread of a launch its own.
 * Made by hand it is the only thread of a one-thread grid, without a warp: ids are 0, barriers pass, and operations of a whole
 * warp are refused.
 */
public class KernelContext implements ExecutionContext {
    // The executor sets this just before it makes the context of a thread: {global, group, local, global size, local size} x {x, y, z}.
    private static final ThreadLocal<int[]> IDS_OF_NEXT = ThreadLocal.withInitial(() -> new int[15]);

    /** The thread's index in the grid: {@code groupId * localGroupSize + localId}. */
    public final Integer globalIdx;
    public final Integer globalIdy;
    public final Integer globalIdz;
    /** The block's index in the grid. */
    public final Integer groupIdx;
    public final Integer groupIdy;
    public final Integer groupIdz;
    /** The thread's index in its block. */
    public final Integer localIdx;
    public final Integer localIdy;
    public final Integer localIdz;
    /** Threads in the grid. */
    public final Integer globalGroupSizeX;
    public final Integer globalGroupSizeY;
    public final Integer globalGroupSizeZ;
    /** Threads in a block. */
    public final Integer localGroupSizeX;
    public final Integer localGroupSizeY;
    public final Integer localGroupSizeZ;

    public KernelContext() {
        int[] ids = IDS_OF_NEXT.get();
        globalIdx = ids[0];
        globalIdy = ids[1];
        globalIdz = ids[2];
        groupIdx = ids[3];
        groupIdy = ids[4];
        groupIdz = ids[5];
        localIdx = ids[6];
        localIdy = ids[7];
        localIdz = ids[8];
        globalGroupSizeX = ids[9];
        globalGroupSizeY = ids[10];
        globalGroupSizeZ = ids[11];
        localGroupSizeX = ids[12];
        localGroupSizeY = ids[13];
        localGroupSizeZ = ids[14];
    }

    private static UnsupportedOperationException needsWarp(String operation) {
        return new UnsupportedOperationException(operation + " needs a warp of 32 threads: run the kernel as a task with a GridScheduler");
    }

    /** Waits for all threads of the block; what they wrote to local memory is seen afterwards. */
    @Override
    public void localBarrier() {
    }

    /** Waits for all threads of the block; what they wrote to arrays is seen by the block afterwards. */
    @Override
    public void globalBarrier() {
    }

    /** An array that the threads of the block share; its contents are undefined. */
    @Override
    public int[] allocateIntLocalArray(int size) {
        return new int[size];
    }

    /** An array that the threads of the block share; its contents are undefined. */
    @Override
    public byte[] allocateByteLocalArray(int size) {
        return new byte[size];
    }

    /** An array that the threads of the block share; its contents are undefined. */
    @Override
    public HalfFloat[] allocateHalfFloatLocalArray(int size) {
        return new HalfFloat[size];
    }

    /** An array that the threads of the block share; its contents are undefined. */
    @Override
    public Half2[] allocateHalf2LocalArray(int size) {
        return new Half2[size];
    }

    /** An array that the threads of the block share; its contents are undefined. */
    @Override
    public long[] allocateLongLocalArray(int size) {
        return new long[size];
    }

    /** An array that the threads of the block share; its contents are undefined. */
    @Override
    public float[] allocateFloatLocalArray(int size) {
        return new float[size];
    }

    /** An array that the threads of the block share; its contents are undefined. */
    @Override
    public double[] allocateDoubleLocalArray(int size) {
        return new double[size];
    }

    /** The sum of {@code val} over the warp's lanes, by halving distances; every lane calls it, lane 0's result counts. */
    public float simdSum(float val) {
        throw needsWarp("simdSum");
    }

    /** {@code val} of the lane {@code delta} above; a lane without one above keeps its own. Every lane calls it. */
    public float simdShuffleDown(float val, int delta) {
        throw needsWarp("simdShuffleDown");
    }

    /** {@code val} of lane 0. Every lane calls it. */
    public float simdBroadcastFirst(float val) {
        throw needsWarp("simdBroadcastFirst");
    }

    @Override
    public void atomicAdd(IntArray array, int index, int val) {
        array.set(index, array.get(index) + val);
    }

    @Override
    public void atomicAdd(int[] array, int index, int val) {
        array[index] += val;
    }

    @Override
    public void atomicAdd(LongArray array, int index, long val) {
        array.set(index, array.get(index) + val);
    }

    @Override
    public void atomicAdd(FloatArray array, int index, float val) {
        array.set(index, array.get(index) + val);
    }

    @Override
    public void atomicAdd(DoubleArray array, int index, double val) {
        array.set(index, array.get(index) + val);
    }

    /** The half at (row, col) of a local tile whose 16-byte chunks are XORed by byte offset / 128 modulo 8; stride in halves. */
    public HalfFloat swizzleLoadFp16Stride32(HalfFloat[] arr, int row, int col, int stride) {
        return arr[wideSwizzle((row * stride + col) * 2) / 2];
    }

    /** Replaces the half at (row, col) of a tile that {@link #swizzleLoadFp16Stride32} reads. */
    public void swizzleStoreFp16Stride32(HalfFloat[] arr, int row, int col, int stride, HalfFloat v) {
        arr[wideSwizzle((row * stride + col) * 2) / 2] = v;
    }

    /** The half at (row, col) of a local tile whose 8-byte chunks are XORed by byte offset / 64 modulo 8; stride in halves. */
    public HalfFloat swizzleLoadFp16Stride16(HalfFloat[] arr, int row, int col, int stride) {
        return arr[narrowSwizzle((row * stride + col) * 2) / 2];
    }

    /** Replaces the half at (row, col) of a tile that {@link #swizzleLoadFp16Stride16} reads. */
    public void swizzleStoreFp16Stride16(HalfFloat[] arr, int row, int col, int stride, HalfFloat v) {
        arr[narrowSwizzle((row * stride + col) * 2) / 2] = v;
    }

    private static int wideSwizzle(int byteOffset) {
        return byteOffset ^ (byteOffset >> 7 & 7) << 4;
    }

    private static int narrowSwizzle(int byteOffset) {
        return byteOffset ^ (byteOffset >> 6 & 7) << 3;
    }

    /** A lane's four elements of a 16x8 accumulator, all {@code v}. Only {@link #mma} and {@link #mmaStore} may use them. */
    public float[] mmaFragment(float v) {
        throw needsWarp("mmaFragment");
    }

    /** The warp's 16x16 A fragment from a local tile of 32-byte rows, two halves an int; {@code wmmaK} is 16. */
    public HalfFloat[] mmaLoadA(int[] aTile, int wmmaK) {
        throw needsWarp("mmaLoadA");
    }

    /** The same, from {@code byteOffset} on; each lane adds its own offset to its own address. */
    public HalfFloat[] mmaLoadA(int[] aTile, int wmmaK, int byteOffset) {
        throw needsWarp("mmaLoadA");
    }

    /** The warp's 16x8 B fragment from a local tile of 16-byte rows, two halves an int; {@code wmmaK} is 16. */
    public HalfFloat[] mmaLoadB(int[] bTile, int wmmaK) {
        throw needsWarp("mmaLoadB");
    }

    /** The same, from {@code byteOffset} on; each lane adds its own offset to its own address. */
    public HalfFloat[] mmaLoadB(int[] bTile, int wmmaK, int byteOffset) {
        throw needsWarp("mmaLoadB");
    }

    /** The warp's B fragment from a tile that {@link #mmaStoreBSwizzled} or {@link #swizzleStoreFp16Stride32} filled. */
    public HalfFloat[] mmaLoadBSwizzled(HalfFloat[] bTile, int wmmaK) {
        throw needsWarp("mmaLoadBSwizzled");
    }

    /** The same, from a sub-tile that starts at {@code byteOffset}. */
    public HalfFloat[] mmaLoadBSwizzled(HalfFloat[] bTile, int wmmaK, int byteOffset) {
        throw needsWarp("mmaLoadBSwizzled");
    }

    /** The warp's A x B + C, fp16 factors and fp32 sums. */
    public float[] mma(HalfFloat[] fragA, HalfFloat[] fragB, float[] fragC, MMAShape mmaShape) {
        throw needsWarp("mma");
    }

    /** Writes the warp's 16x8 accumulator to rows from {@code tileRow} and columns from {@code tileCol} of {@code c [.., dimN]}. */
    public void mmaStore(float[] fragD, FloatArray c, int tileRow, int tileCol, int dimN) {
        throw needsWarp("mmaStore");
    }

    /** Writes one half of a swizzled B sub-tile that starts at {@code byteOffset}; the swizzle counts from the sub-tile's start. */
    public void mmaStoreBSwizzled(HalfFloat[] arr, int row, int col, int stride, HalfFloat value, int byteOffset) {
        arr[(byteOffset + wideSwizzle((row * stride + col) * 2)) / 2] = value;
    }

    /** Begins to copy two halves into one int (the first low); it is there only after a commit, a wait and a barrier. */
    public void asyncCopyToLocal(int[] dstTile, int dstIndex, HalfFloatArray src, int srcIndex) {
        int low = src.get(srcIndex).getHalfFloatValue() & 0xFFFF;
        int high = src.get(srcIndex + 1).getHalfFloatValue() & 0xFFFF;
        dstTile[dstIndex] = low | high << 16;
    }

    /** Begins to copy four bytes into one int (the first lowest); it is there only after a commit, a wait and a barrier. */
    public void asyncCopyToLocal(int[] dstTile, int dstIndex, ByteArray src, int srcIndex) {
        int word = 0;
        for (int i = 0; i < 4; i++) {
            word |= (src.get(srcIndex + i) & 0xFF) << 8 * i;
        }
        dstTile[dstIndex] = word;
    }

    /** Closes the group of the thread's copies begun since the last commit. */
    public void asyncCopyCommit() {
    }

    /** Waits until at most {@code groups} of the thread's newest groups are still under way. */
    public void asyncCopyWaitGroup(int groups) {
    }
}
