// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.vectors.Half2;

/** An off-heap array of half-precision values; a new one holds zeros. */
public final class HalfFloatArray extends TornadoNativeArray {
    private static final int BYTES = 2;

    private final MemorySegment segment;
    private final int size;

    /** A new array of zeros. */
    public HalfFloatArray(int numberOfElements) {
        this.segment = allocate(numberOfElements, BYTES);
        this.size = numberOfElements;
    }

    private HalfFloatArray(MemorySegment segmentWithHeader) {
        this.segment = requireNative(segmentWithHeader);
        this.size = elementsOf(segmentWithHeader.byteSize() - ARRAY_HEADER, BYTES);
        writeHeader(segment, size);
    }

    /** A new array with these values. */
    public static HalfFloatArray fromArray(HalfFloat[] values) {
        HalfFloatArray array = new HalfFloatArray(values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    /** A new array with these values. */
    public static HalfFloatArray fromElements(HalfFloat... values) {
        return fromArray(values);
    }

    /** A new array with the bytes of a segment that has no header. */
    public static HalfFloatArray fromSegment(MemorySegment segment) {
        HalfFloatArray array = new HalfFloatArray(elementsOf(segment.byteSize(), BYTES));
        MemorySegment.copy(segment, 0, array.segment, ARRAY_HEADER, segment.byteSize());
        return array;
    }

    /** A view: the native segment, which starts with room for the header, becomes the array's own memory. */
    public static HalfFloatArray fromSegmentShallow(MemorySegment segment) {
        return new HalfFloatArray(segment);
    }

    /** Sets every element of an array; may be a task. */
    public static void initialize(HalfFloatArray array, HalfFloat value) {
        for (@Parallel int i = 0; i < array.getSize(); i++) {
            array.set(i, value);
        }
    }

    /** A new array with the elements of all the given ones in order. */
    public static HalfFloatArray concat(HalfFloatArray... arrays) {
        long total = 0;
        for (HalfFloatArray array : arrays) {
            total += array.size;
        }
        HalfFloatArray result = new HalfFloatArray(Math.toIntExact(total));
        long at = ARRAY_HEADER;
        for (HalfFloatArray array : arrays) {
            MemorySegment.copy(array.segment, ARRAY_HEADER, result.segment, at, array.getNumBytesOfSegment());
            at += array.getNumBytesOfSegment();
        }
        return result;
    }

    /** A copy on the heap. */
    public HalfFloat[] toHeapArray() {
        HalfFloat[] values = new HalfFloat[size];
        for (int i = 0; i < size; i++) {
            values[i] = get(i);
        }
        return values;
    }

    /** A copy of the bits on the heap. */
    public short[] toShortArray() {
        short[] bits = new short[size];
        MemorySegment.copy(segment, ValueLayout.JAVA_SHORT, ARRAY_HEADER, bits, 0, size);
        return bits;
    }

    /** The element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public HalfFloat get(int index) {
        return new HalfFloat(segment.get(ValueLayout.JAVA_SHORT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES));
    }

    /** Replaces the element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public void set(int index, HalfFloat value) {
        segment.set(ValueLayout.JAVA_SHORT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES, value.getHalfFloatValue());
    }

    /** The elements at an even index and the one after it. */
    public Half2 getHalf2(int index) {
        Objects.checkFromIndexSize(index, 2, size);
        return new Half2(get(index), get(index + 1));
    }

    /** Replaces the elements at an even index and the one after it. */
    public void setHalf2(int index, Half2 value) {
        Objects.checkFromIndexSize(index, 2, size);
        set(index, value.getX());
        set(index + 1, value.getY());
    }

    /** Sets every element. */
    public void init(HalfFloat value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /** A copy of {@code length} elements from {@code offset} on. */
    public HalfFloatArray slice(int offset, int length) {
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
