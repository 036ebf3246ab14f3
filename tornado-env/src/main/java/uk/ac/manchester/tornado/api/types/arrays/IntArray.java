package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** An off-heap array of int values. */
public final class IntArray extends TornadoNativeArray {
    private static final int BYTES = 4;
    private final MemorySegment segment;
    private final int size;

    /** So many zeros. */
    public IntArray(int numberOfElements) {
        this.segment = allocate(numberOfElements, BYTES);
        this.size = numberOfElements;
    }

    public static IntArray fromArray(int[] values) {
        IntArray array = new IntArray(values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    public static IntArray fromElements(int... values) {
        return fromArray(values);
    }

    /** The element at an index. */
    public int get(int index) {
        return segment.get(ValueLayout.JAVA_INT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES);
    }

    /** Replaces the element at an index. */
    public void set(int index, int value) {
        segment.set(ValueLayout.JAVA_INT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES, value);
    }

    /** Sets every element. */
    public void init(int value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    public int[] toHeapArray() {
        int[] values = new int[size];
        for (int i = 0; i < size; i++) {
            values[i] = get(i);
        }
        return values;
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
