// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Objects;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;

/** An off-heap array of byte values; a new one holds zeros. */
public final class ByteArray extends TornadoNativeArray {
    private static final int BYTES = 1;

    private final MemorySegment segment;
    private final int size;

    /** A new array of zeros. */
    public ByteArray(int numberOfElements) {
        this.segment = allocate(numberOfElements, BYTES);
        this.size = numberOfElements;
    }

    private ByteArray(MemorySegment segmentWithHeader) {
        this.segment = requireNative(segmentWithHeader);
        this.size = elementsOf(segmentWithHeader.byteSize() - ARRAY_HEADER, BYTES);
        writeHeader(segment, size);
    }

    /** A new array with these values. */
    public static ByteArray fromArray(byte[] values) {
        ByteArray array = new ByteArray(values.length);
        MemorySegment.copy(values, 0, array.segment, ValueLayout.JAVA_BYTE, ARRAY_HEADER, values.length);
        return array;
    }

    /** A new array with these values. */
    public static ByteArray fromElements(byte... values) {
        return fromArray(values);
    }

    /** A new array with the bytes of a segment that has no header. */
    public static ByteArray fromSegment(MemorySegment segment) {
        ByteArray array = new ByteArray(elementsOf(segment.byteSize(), BYTES));
        MemorySegment.copy(segment, 0, array.segment, ARRAY_HEADER, segment.byteSize());
        return array;
    }

    /** A view: the native segment, which starts with room for the header, becomes the array's own memory. */
    public static ByteArray fromSegmentShallow(MemorySegment segment) {
        return new ByteArray(segment);
    }

    /** A new array with the remaining values of a buffer. */
    public static ByteArray fromByteBuffer(ByteBuffer buffer) {
        return fromSegment(MemorySegment.ofBuffer(buffer));
    }

    /** Sets every element of an array; may be a task. */
    public static void initialize(ByteArray array, byte value) {
        for (@Parallel int i = 0; i < array.getSize(); i++) {
            array.set(i, value);
        }
    }

    /** A new array with the elements of all the given ones in order. */
    public static ByteArray concat(ByteArray... arrays) {
        long total = 0;
        for (ByteArray array : arrays) {
            total += array.size;
        }
        ByteArray result = new ByteArray(Math.toIntExact(total));
        long at = ARRAY_HEADER;
        for (ByteArray array : arrays) {
            MemorySegment.copy(array.segment, ARRAY_HEADER, result.segment, at, array.getNumBytesOfSegment());
            at += array.getNumBytesOfSegment();
        }
        return result;
    }

    /** A copy on the heap. */
    public byte[] toHeapArray() {
        byte[] values = new byte[size];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, ARRAY_HEADER, values, 0, size);
        return values;
    }

    /** The element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public byte get(int index) {
        return segment.get(ValueLayout.JAVA_BYTE, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES);
    }

    /** Replaces the element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public void set(int index, byte value) {
        segment.set(ValueLayout.JAVA_BYTE, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES, value);
    }

    /** The two bytes from an even index on, as a half. */
    public HalfFloat getHalfFloat(int byteIndex) {
        return new HalfFloat(segment.get(ValueLayout.JAVA_SHORT, halfAt(byteIndex)));
    }

    /** Replaces the two bytes from an even index on. */
    public void setHalfFloat(int byteIndex, HalfFloat value) {
        segment.set(ValueLayout.JAVA_SHORT, halfAt(byteIndex), value.getHalfFloatValue());
    }

    private long halfAt(int byteIndex) {
        if (byteIndex % 2 != 0) {
            throw new IllegalArgumentException("a half needs an even byte index, not " + byteIndex);
        }
        return ARRAY_HEADER + Objects.checkFromIndexSize(byteIndex, 2, size);
    }

    /** Sets every element. */
    public void init(byte value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /** A copy of {@code length} elements from {@code offset} on. */
    public ByteArray slice(int offset, int length) {
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
