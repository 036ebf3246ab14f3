package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import uk.ac.manchester.tornado.api.types.HalfFloat;

/** An off-heap array of half-precision values. */
public final class HalfFloatArray extends TornadoNativeArray {
    private static final int BYTES = 2;
    private final MemorySegment segment;
    private final int size;

    /** So many zeros. */
    public HalfFloatArray(int numberOfElements) {
        this.segment = allocate(numberOfElements, BYTES);
        this.size = numberOfElements;
    }

    public static HalfFloatArray fromArray(HalfFloat[] values) {
        HalfFloatArray array = new HalfFloatArray(values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    public static HalfFloatArray fromElements(HalfFloat... values) {
        return fromArray(values);
    }

    /** The element at an index. */
    public HalfFloat get(int index) {
        return new HalfFloat(segment.get(ValueLayout.JAVA_SHORT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES));
    }

    /** Replaces the element at an index. */
    public void set(int index, HalfFloat value) {
        segment.set(ValueLayout.JAVA_SHORT, ARRAY_HEADER + (long) Objects.checkIndex(index, size) * BYTES, value.getHalfFloatValue());
    }

    /** Sets every element. */
    public void init(HalfFloat value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    public HalfFloat[] toHeapArray() {
        HalfFloat[] values = new HalfFloat[size];
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
