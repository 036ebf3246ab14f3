package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An off-heap array: a header as Java arrays have it, then the elements. */
public abstract sealed class TornadoNativeArray permits FloatArray, HalfFloatArray, IntArray {
    /** Bytes before the first element. */
    public static final long ARRAY_HEADER = 16;
    private static final int ALIGNMENT = 64;

    static MemorySegment allocate(int elements, int bytes) {
        long size = ARRAY_HEADER + (long) elements * bytes;
        // Over-allocated so that the elements, not the header, start at a cache line.
        MemorySegment raw = Arena.ofAuto().allocate(size + ALIGNMENT - ARRAY_HEADER, ALIGNMENT);
        return raw.asSlice(ALIGNMENT - ARRAY_HEADER, size);
    }

    public abstract int getSize();

    public abstract MemorySegment getSegment();

    public abstract MemorySegment getSegmentWithHeader();

    public abstract long getNumBytesOfSegmentWithHeader();

    public abstract long getNumBytesOfSegment();

    public abstract int getElementSize();

    protected abstract void clear();
}
