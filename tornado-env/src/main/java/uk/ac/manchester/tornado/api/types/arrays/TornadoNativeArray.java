// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An off-heap array: a header that starts with the number of elements, as device buffers have it, then the elements. */
public abstract sealed class TornadoNativeArray
        permits ByteArray, DoubleArray, FloatArray, HalfFloatArray, IntArray, LongArray {
    /** Bytes before the first element. */
    // Read at run time, as TornadoVM does: a constant would be frozen into classes compiled against this one.
    public static final long ARRAY_HEADER = Long.getLong("tornado.panama.objectHeader", 16);

    private static final int ALIGNMENT = 64;

    /** A header and {@code elements} zeros. The first element, not the header, starts at a cache line. */
    static MemorySegment allocate(int elements, int elementBytes) {
        if (elements < 0) {
            throw new IllegalArgumentException("an array cannot have " + elements + " elements");
        }
        long size = ARRAY_HEADER + (long) elements * elementBytes;
        long front = Math.floorMod(-ARRAY_HEADER, ALIGNMENT);
        MemorySegment segment = Arena.ofAuto().allocate(front + size, ALIGNMENT).asSlice(front, size);
        writeHeader(segment, elements);
        return segment;
    }

    static void writeHeader(MemorySegment segment, int elements) {
        segment.set(ValueLayout.JAVA_INT_UNALIGNED, 0, elements);
    }

    /** Heap memory has no address that a device copy could use. */
    static MemorySegment requireNative(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("an array can only wrap native memory, not a heap segment");
        }
        if (segment.byteSize() < ARRAY_HEADER) {
            throw new IllegalArgumentException("a segment of " + segment.byteSize() + " bytes has no room for the header of "
                    + ARRAY_HEADER + " bytes");
        }
        return segment;
    }

    static int elementsOf(long bytes, int elementBytes) {
        if (bytes % elementBytes != 0) {
            throw new IllegalArgumentException(bytes + " bytes are no multiple of the element size, " + elementBytes);
        }
        return Math.toIntExact(bytes / elementBytes);
    }

    static void checkSlice(int offset, int length, int size) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IllegalArgumentException("slice of " + length + " elements from " + offset + " on leaves an array of " + size);
        }
    }

    /** The number of elements. */
    public abstract int getSize();

    /** The elements' memory, without the header. */
    public abstract MemorySegment getSegment();

    /** The whole memory, header first. */
    public abstract MemorySegment getSegmentWithHeader();

    /** Bytes of header and elements. */
    public abstract long getNumBytesOfSegmentWithHeader();

    /** Bytes of the elements. */
    public abstract long getNumBytesOfSegment();

    /** Bytes of one element. */
    public abstract int getElementSize();

    /** Sets every element to zero. */
    protected abstract void clear();
}
