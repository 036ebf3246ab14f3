// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.util.Objects;
import uk.ac.manchester.tornado.api.annotations.Parallel;

/** An off-heap array of float values; a new one holds zeros. */
public final class FloatArray extends TornadoNativeArray {
    private static final int BYTES = 4;

    private final MemorySegment segment;
    private final int size;

    /** A new array of zeros. */
    public FloatArray(int numberOfElements) {
        this.segment = allocate(numberOfElements, BYTES);
        this.size = numberOfElements;
    }

    private FloatArray(MemorySegment segmentWithHeader) {
        this.segment = requireNative(segmentWithHeader);
        this.size = elementsOf(segmentWithHeader.byteSize() - ARRAY_HEADER, BYTES);
        writeHeader(segment, size);
    }

    /** A new array with these values. */
    public static FloatArray fromArray(float[] values) {
        FloatArray array = new FloatArray(values.length);
        MemorySegment.copy(values, 0, array.segment, ValueLayout.JAVA_FLOAT, ARRAY_HEADER, values.length);
        return array;
    }

    /** A new array with these values. */
    public static FloatArray fromElements(float... values) {
        return fromArray(values);
    }

    /** A new array with the bytes of a segment that has no header. */
    public static FloatArray fromSegment(MemorySegment segment) {
        FloatArray array = new FloatArray(elementsOf(segment.byteSize(), BYTES));
        MemorySegment.copy(segment, 0, array.segment, ARRAY_HEADER, segment.byteSize());
        return array;
    }

    /** A view: the native segment, which starts with room for the header, becomes the array's own memory. */
    public static FloatArray fromSegmentShallow(MemorySegment segment) {
        return new FloatArray(segment);
    }

    /** A new array with the remaining values of a buffer. */
    public static FloatArray fromFloatBuffer(FloatBuffer buffer) {
        return fromSegment(MemorySegment.ofBuffer(buffer));
    }

    /** Sets every element of an array; may be a task. */
    public static void initialize(FloatArray array, float value) {
        for (@Parallel int i = 0; i < array.getSize(); i++) {
            array.set(i, value);
        }
    }

    /** A new array with the elements of all the given ones in order. */
    public static FloatArray concat(FloatArray... arrays) {
        long total = 0;
        for (FloatArray array : arrays) {
            total += array.size;
        }
        FloatArray result = new FloatArray(Math.toIntExact(total));
        long at = ARRAY_HEADER;
        for (FloatArray array : arrays) {
            MemorySegment.copy(array.segment, ARRAY_HEADER, result.segment, at, array.getNumBytesOfSegment());
            at += array.getNumBytesOfSegment();
        }
        return result;
    }

    /** A copy on the heap. */
    public float[] toHeapArray() {
        float[] values = new float[size];
        MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, ARRAY_HEADER, values, 0, size);
        return values;
    }

    /** The element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public float get(int index) {
        return segment.get(ValueLayout.JAVA_FLOAT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES);
    }

    /** Replaces the element at an index; an index outside the array is an {@link IndexOutOfBoundsException}. */
    public void set(int index, float value) {
        segment.set(ValueLayout.JAVA_FLOAT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES, value);
    }

    /** Sets every element. */
    public void init(float value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /** A copy of {@code length} elements from {@code offset} on. */
    public FloatArray slice(int offset, int length) {
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
