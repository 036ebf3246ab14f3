package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.vectors.Half2;

/** What a thread of a grid can do beyond plain Java: barriers, local memory, atomics. */
public interface ExecutionContext {
    void localBarrier();

    void globalBarrier();

    int[] allocateIntLocalArray(int size);

    long[] allocateLongLocalArray(int size);

    float[] allocateFloatLocalArray(int size);

    double[] allocateDoubleLocalArray(int size);

    byte[] allocateByteLocalArray(int size);

    HalfFloat[] allocateHalfFloatLocalArray(int size);

    Half2[] allocateHalf2LocalArray(int size);

    void atomicAdd(IntArray array, int index, int val);

    void atomicAdd(int[] array, int index, int val);

    void atomicAdd(LongArray array, int index, long val);

    void atomicAdd(FloatArray array, int index, float val);

    void atomicAdd(DoubleArray array, int index, double val);
}
