// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.LongBuffer;
import java.util.Objects;
import uk.ac.manchester.tornado.api.annotations.Parallel;

/** An off-heap array of long values; a new one holds zeros. */
public final class LongArray extends TornadoNativeArray {
    private static final int BYTES = 8;

    private final MemorySegment segment;
    private final int size;

    /** A new array of zeros. */
    public LongArray(int numberOfElements) {
        this.segment = allocate(numberOfElements, BYTES);
        this.size = numberOfElements;
    }

    private LongArray(MemorySegment segmentWithHeader) {
        this.segment = requireNative(segmentWithHeader);
        this.size = elementsOf(segmentWithHeader.byteSize() - ARRAY_HEADER, BYTES);
        writeHeader(segment, size);
    }

    /** A new array with these values. */
    public static LongArray fromArray(long[] values) {
        LongArray array = new LongArray(values.length);
        MemorySegment.copy(values, 0, array.segment, ValueLayout.JAVA_LONG, ARRAY_HEADER, values.length);
        return array;
    }

    /** A new array with these values. */
    public static LongArray fromElements(long... values) {
        return fromArray(values);
    }

    /** A new array with the bytes of a segment that has no header. */
    public static LongArray fromSegment(MemorySegment segment) {
        LongArray array = new LongArray(elementsOf(segment.byteSize(), BYTES));
        MemorySegment.copy(segment, 0, array.segment, ARRAY_HEADER, segment.byteSize());
        return array;
    }

    /** A view: the native segment, which starts with room for the header, becomes the array's own memory. */
    public static LongArray fromSegmentShallow(MemorySegment segment) {
        return new LongArray(segment);
    }

    /** A new array with the remaining values of a buffer. */
    public static LongArray fromLongBuffer(LongBuffer buffer) {
        return fromSegment(MemorySegment.ofBuffer(buffer));
    }

    /** Sets every element of an array; may be a task. */
    public static void initialize(LongArray array, long value) {
        for (@Parallel int i = 0; i < array.getSize(); i++) {
            array.set(i, value);
        }
    }

    /** A new array with the elements of all the given ones in order. */
    public static LongArray concat(LongArray... arrays) {
        long total = 0;
        for (LongArray array : arrays) {
            total += array.size;
        }
        LongArray result = new LongArray(Math.toIntExact(total));
        long at = ARRAY_HEADER;
        for (LongArray array : arrays) {
            MemorySegment.copy(array.segment, ARRAY_HEADER, result.segment, at, array.getNumBytesOfSegment());
            at += array.getNumBytesOfSegment();
        }
        return result;
    }

    /** A copy on the heap. */
    public long[] toHeapArray() {
        long[] values = new long[size];
        MemorySegment.copy(segment, ValueLayout.JAVA_LONG, ARRAY_HEADER, values, 0, size);
        return values;
    }

    /** The element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public long get(int index) {
        return segment.get(ValueLayout.JAVA_LONG, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES);
    }

    /** Replaces the element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public void set(int index, long value) {
        segment.set(ValueLayout.JAVA_LONG, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES, value);
    }

    /** Sets every element. */
    public void init(long value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /** A copy of {@code length} elements from {@code offset} on. */
    public LongArray slice(int offset, int length) {
        checkSlice(offset, length, size);
        return fromSegment(segment.asSlice(ARRAY_HEADER + (long) offset * BYTES, (long) length * BYTES));
    }

    @Override
    public void clear() {
        getSegment().fill((byte) 0);
    }

    @Override
    public int getElementSize() {
        return BYTES;
    }

    @Override
    public int getSize() {
        return size;
    }

    @Override
    public MemorySegment getSegment() {
        return segment.asSlice(ARRAY_HEADER);
    }

    @Override
    public MemorySegment getSegmentWithHeader() {
        return segment;
    }

    @Override
    public long getNumBytesOfSegment() {
        return segment.byteSize() - ARRAY_HEADER;
    }

    @Override
    public long getNumBytesOfSegmentWithHeader() {
        return segment.byteSize();
    }
}
