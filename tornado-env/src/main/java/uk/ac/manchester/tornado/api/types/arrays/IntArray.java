// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.IntBuffer;
import java.util.Objects;
import uk.ac.manchester.tornado.api.annotations.Parallel;

/** An off-heap array of int values; a new one holds zeros. */
public final class IntArray extends TornadoNativeArray {
    private static final int BYTES = 4;

    private final MemorySegment segment;
    private final int size;

    /** A new array of zeros. */
    public IntArray(int numberOfElements) {
        this.segment = allocate(numberOfElements, BYTES);
        this.size = numberOfElements;
    }

    private IntArray(MemorySegment segmentWithHeader) {
        this.segment = requireNative(segmentWithHeader);
        this.size = elementsOf(segmentWithHeader.byteSize() - ARRAY_HEADER, BYTES);
        writeHeader(segment, size);
    }

    /** A new array with these values. */
    public static IntArray fromArray(int[] values) {
        IntArray array = new IntArray(values.length);
        MemorySegment.copy(values, 0, array.segment, ValueLayout.JAVA_INT, ARRAY_HEADER, values.length);
        return array;
    }

    /** A new array with these values. */
    public static IntArray fromElements(int... values) {
        return fromArray(values);
    }

    /** A new array with the bytes of a segment that has no header. */
    public static IntArray fromSegment(MemorySegment segment) {
        IntArray array = new IntArray(elementsOf(segment.byteSize(), BYTES));
        MemorySegment.copy(segment, 0, array.segment, ARRAY_HEADER, segment.byteSize());
        return array;
    }

    /** A view: the native segment, which starts with room for the header, becomes the array's own memory. */
    public static IntArray fromSegmentShallow(MemorySegment segment) {
        return new IntArray(segment);
    }

    /** A new array with the remaining values of a buffer. */
    public static IntArray fromIntBuffer(IntBuffer buffer) {
        return fromSegment(MemorySegment.ofBuffer(buffer));
    }

    /** Sets every element of an array; may be a task. */
    public static void initialize(IntArray array, int value) {
        for (@Parallel int i = 0; i < array.getSize(); i++) {
            array.set(i, value);
        }
    }

    /** A new array with the elements of all the given ones in order. */
    public static IntArray concat(IntArray... arrays) {
        long total = 0;
        for (IntArray array : arrays) {
            total += array.size;
        }
        IntArray result = new IntArray(Math.toIntExact(total));
        long at = ARRAY_HEADER;
        for (IntArray array : arrays) {
            MemorySegment.copy(array.segment, ARRAY_HEADER, result.segment, at, array.getNumBytesOfSegment());
            at += array.getNumBytesOfSegment();
        }
        return result;
    }

    /** A copy on the heap. */
    public int[] toHeapArray() {
        int[] values = new int[size];
        MemorySegment.copy(segment, ValueLayout.JAVA_INT, ARRAY_HEADER, values, 0, size);
        return values;
    }

    /** The element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public int get(int index) {
        return segment.get(ValueLayout.JAVA_INT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES);
    }

    /** Replaces the element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public void set(int index, int value) {
        segment.set(ValueLayout.JAVA_INT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES, value);
    }

    /** Sets every element. */
    public void init(int value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /** A copy of {@code length} elements from {@code offset} on. */
    public IntArray slice(int offset, int length) {
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
