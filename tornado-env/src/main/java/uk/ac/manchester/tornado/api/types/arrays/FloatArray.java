package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** An off-heap array of float values. */
public final class FloatArray extends TornadoNativeArray {
    private static final int BYTES = 4;
    private final MemorySegment segment;
    private final int size;

    /** So many zeros. */
    public FloatArray(int numberOfElements) {
        this.segment = allocate(numberOfElements, BYTES);
        this.size = numberOfElements;
    }

    public static FloatArray fromArray(float[] values) {
        FloatArray array = new FloatArray(values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    public static FloatArray fromElements(float... values) {
        return fromArray(values);
    }

    /** The element at an index. */
    public float get(int index) {
        return segment.get(ValueLayout.JAVA_FLOAT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES);
    }

    /** Replaces the element at an index. */
    public void set(int index, float value) {
        segment.set(ValueLayout.JAVA_FLOAT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES, value);
    }

    /** Sets every element. */
    public void init(float value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    public float[] toHeapArray() {
        float[] values = new float[size];
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
