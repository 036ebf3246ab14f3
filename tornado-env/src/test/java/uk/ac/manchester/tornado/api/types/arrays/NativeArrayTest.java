// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types.arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.vectors.Half2;

class NativeArrayTest {
    private static final List<IntFunction<TornadoNativeArray>> CONSTRUCTORS = List.of(FloatArray::new, HalfFloatArray::new, IntArray::new,
            LongArray::new, DoubleArray::new, ByteArray::new);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 4098})
    void layoutOfEveryType(int size) {
        for (IntFunction<TornadoNativeArray> constructor : CONSTRUCTORS) {
            TornadoNativeArray array = constructor.apply(size);
            assertEquals(size, array.getSize());
            assertEquals((long) size * array.getElementSize(), array.getNumBytesOfSegment());
            assertEquals(array.getNumBytesOfSegment(), array.getSegment().byteSize());
            assertEquals(array.getNumBytesOfSegment() + TornadoNativeArray.ARRAY_HEADER, array.getNumBytesOfSegmentWithHeader());
            assertEquals(array.getNumBytesOfSegmentWithHeader(), array.getSegmentWithHeader().byteSize());
            assertEquals(array.getSegmentWithHeader().address() + TornadoNativeArray.ARRAY_HEADER, array.getSegment().address());
            assertEquals(0, array.getSegment().address() % 64);
            assertEquals(size, array.getSegmentWithHeader().get(ValueLayout.JAVA_INT_UNALIGNED, 0));
            for (long i = 0; i < array.getNumBytesOfSegment(); i++) {
                assertEquals(0, array.getSegment().get(ValueLayout.JAVA_BYTE, i));
            }
        }
    }

    @Test
    void indicesOutsideAreRefusedAndSpareTheHeader() {
        FloatArray floats = new FloatArray(4);
        IntArray ints = new IntArray(4);
        HalfFloatArray halves = new HalfFloatArray(4);
        ByteArray bytes = new ByteArray(4);
        for (int index : new int[] {-1, 4, -4, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThrows(IndexOutOfBoundsException.class, () -> floats.get(index));
            assertThrows(IndexOutOfBoundsException.class, () -> floats.set(index, 1f));
            assertThrows(IndexOutOfBoundsException.class, () -> ints.get(index));
            assertThrows(IndexOutOfBoundsException.class, () -> ints.set(index, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> halves.get(index));
            assertThrows(IndexOutOfBoundsException.class, () -> halves.set(index, new HalfFloat(1f)));
            assertThrows(IndexOutOfBoundsException.class, () -> bytes.set(index, (byte) 1));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> halves.getHalf2(3));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.getHalfFloat(4));
        assertEquals(4, floats.getSegmentWithHeader().get(ValueLayout.JAVA_INT_UNALIGNED, 0));
        assertThrows(IllegalArgumentException.class, () -> new FloatArray(-1));
    }

    @Test
    void valuesGoInAndOut() {
        assertArrayEquals(new float[] {1, Float.NaN, -0f}, FloatArray.fromElements(1, Float.NaN, -0f).toHeapArray());
        assertArrayEquals(new double[] {1, 2}, DoubleArray.fromArray(new double[] {1, 2}).toHeapArray());
        assertArrayEquals(new int[] {Integer.MIN_VALUE, 7}, IntArray.fromElements(Integer.MIN_VALUE, 7).toHeapArray());
        assertArrayEquals(new long[] {Long.MAX_VALUE}, LongArray.fromElements(Long.MAX_VALUE).toHeapArray());
        assertArrayEquals(new byte[] {-1, 2, 3}, ByteArray.fromElements((byte) -1, (byte) 2, (byte) 3).toHeapArray());
        HalfFloatArray halves = HalfFloatArray.fromElements(new HalfFloat(1.5f), new HalfFloat(-2f), new HalfFloat(0.1f));
        assertEquals(-2f, halves.toHeapArray()[1].getFloat32());
        assertArrayEquals(new short[] {0x3E00, (short) 0xC000, 0x2E66}, halves.toShortArray());
        halves.setHalf2(0, Half2.fromFloats(8f, 9f));
        assertEquals(9f, Half2.highFloat(halves.getHalf2(0)));
        ByteArray bytes = new ByteArray(4);
        bytes.setHalfFloat(2, new HalfFloat(1f));
        assertEquals(1f, bytes.getHalfFloat(2).getFloat32());
        assertArrayEquals(new byte[] {0, 0, 0, 0x3C}, bytes.toHeapArray());
        assertThrows(IllegalArgumentException.class, () -> bytes.getHalfFloat(1));
    }

    @Test
    void fillClearSliceConcat() {
        FloatArray array = new FloatArray(5);
        array.init(3f);
        assertArrayEquals(new float[] {3, 3, 3, 3, 3}, array.toHeapArray());
        FloatArray.initialize(array, 4f);
        assertEquals(4f, array.get(4));
        FloatArray slice = array.slice(3, 2);
        slice.set(0, 9f);
        assertArrayEquals(new float[] {9, 4}, slice.toHeapArray());
        assertEquals(4f, array.get(3), "a slice is a copy");
        assertThrows(IllegalArgumentException.class, () -> array.slice(4, 2));
        assertThrows(IllegalArgumentException.class, () -> array.slice(-1, 2));
        assertThrows(IllegalArgumentException.class, () -> array.slice(2, Integer.MAX_VALUE));
        assertArrayEquals(new float[] {9, 4, 4, 4, 4, 4, 4}, FloatArray.concat(slice, array).toHeapArray());
        array.clear();
        assertArrayEquals(new float[5], array.toHeapArray());
    }

    @Test
    void segmentsCopiedAndShared() {
        MemorySegment heap = MemorySegment.ofArray(new float[] {1, 2, 3});
        assertArrayEquals(new float[] {1, 2, 3}, FloatArray.fromSegment(heap).toHeapArray());
        assertArrayEquals(new float[] {2, 3}, FloatArray.fromFloatBuffer(FloatBuffer.wrap(new float[] {1, 2, 3}).position(1)).toHeapArray());
        assertThrows(IllegalArgumentException.class, () -> FloatArray.fromSegmentShallow(heap));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment native24 = arena.allocate(24, 16);
            FloatArray shared = FloatArray.fromSegmentShallow(native24);
            shared.set(1, 5f);
            assertEquals(2, shared.getSize());
            assertEquals(2, native24.get(ValueLayout.JAVA_INT, 0));
            assertEquals(5f, native24.get(ValueLayout.JAVA_FLOAT, 20));
            assertThrows(IllegalArgumentException.class, () -> FloatArray.fromSegmentShallow(native24.asSlice(0, 22)));
            assertThrows(IllegalArgumentException.class, () -> FloatArray.fromSegmentShallow(native24.asSlice(0, 8)));
        }
    }
}
