// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.intrinsics.TensorMap;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A tensor map of a launch with its array: where the elements of its boxes lie, in the array and in shared memory. */
final class BoxMap {
    private static final int MAX_DIMENSIONS = 5;
    /** Bytes of a row that a swizzled box has. */
    private static final int SWIZZLED_ROW = 128;

    private final TensorMap map;
    private final TornadoNativeArray array;
    private final int elementBytes;

    private BoxMap(TensorMap map, TornadoNativeArray array) {
        this.map = map;
        this.array = array;
        this.elementBytes = array.getElementSize();
    }

    /**
     * The maps of a launch with their arrays.
     *
     * @throws IllegalArgumentException where a GPU's driver would refuse a map; the message names the kernel
     */
    static List<BoxMap> of(String kernel, List<TensorMap> maps, Object[] arguments) {
        List<BoxMap> found = new ArrayList<>();
        for (TensorMap map : maps) {
            String what = "kernel " + kernel + ": tensor map " + found.size() + " ";
            Object argument = map.argument() < arguments.length ? arguments[map.argument()] : null;
            if (!(argument instanceof HalfFloatArray) && !(argument instanceof FloatArray)) {
                throw new IllegalArgumentException(what + "sees argument " + map.argument() + ", which is no HalfFloatArray and no FloatArray");
            }
            found.add(checked(what, new BoxMap(map, (TornadoNativeArray) argument)));
        }
        return List.copyOf(found);
    }

    private static BoxMap checked(String what, BoxMap box) {
        TensorMap map = box.map;
        int bytes = box.elementBytes;
        if (map.sizes().size() > MAX_DIMENSIONS) {
            throw new IllegalArgumentException(what + "has " + map.sizes().size() + " dimensions; " + MAX_DIMENSIONS + " are the most");
        }
        for (int stride : map.strides()) {
            if ((long) stride * bytes % 16 != 0) {
                throw new IllegalArgumentException(what + "has a stride of " + stride + " elements, " + (long) stride * bytes
                        + " bytes, which is no multiple of 16 bytes");
            }
        }
        int row = map.box().getFirst() * bytes;
        if (row % 16 != 0) {
            throw new IllegalArgumentException(what + "has boxes with rows of " + row + " bytes, which is no multiple of 16 bytes");
        }
        if (map.swizzled() && row != SWIZZLED_ROW) {
            throw new IllegalArgumentException(what + "has swizzled boxes with rows of " + row + " bytes, which must be " + SWIZZLED_ROW);
        }
        long last = map.sizes().getFirst() - 1L;
        for (int i = 1; i < map.sizes().size(); i++) {
            last += (map.sizes().get(i) - 1L) * map.strides().get(i - 1);
        }
        if (last >= box.array.getSize()) {
            throw new IllegalArgumentException(what + "sees element " + last + " of an array of " + box.array.getSize() + " elements");
        }
        return box;
    }

    boolean swizzled() {
        return map.swizzled();
    }

    /** Multiples of so many bytes are the addresses where boxes may begin. */
    int alignment() {
        return map.swizzled() ? 1024 : 128;
    }

    int dimensions() {
        return map.box().size();
    }

    /** Bytes of a box. */
    int bytes() {
        int bytes = elementBytes;
        for (int size : map.box()) {
            bytes *= size;
        }
        return bytes;
    }

    /** What is done with a row of a box. */
    @FunctionalInterface
    interface RowAction {
        /**
         * @param offset in bytes from the box's first address, before it is swizzled
         * @param first  the array's element at the row's start; meaningless where {@code from} is not below {@code to}
         * @param from   the first element of the row that lies inside the tensor
         * @param to     the one after the last
         */
        void row(int offset, long first, int from, int to);
    }

    /** Calls for each row of the box at these coordinates. */
    void rows(int[] coordinates, RowAction action) {
        int width = map.box().getFirst();
        int from = Math.clamp(-(long) coordinates[0], 0, width);
        int to = Math.clamp((long) map.sizes().getFirst() - coordinates[0], 0, width);
        int rows = bytes() / (width * elementBytes);
        for (int row = 0; row < rows; row++) {
            long first = coordinates[0];
            boolean inside = true;
            int rest = row;
            for (int d = 1; d < dimensions(); d++) {
                int index = coordinates[d] + rest % map.box().get(d);
                rest /= map.box().get(d);
                inside &= index >= 0 && index < map.sizes().get(d);
                first += (long) index * map.strides().get(d - 1);
            }
            action.row(row * width * elementBytes, first, inside ? from : 0, inside ? Math.max(from, to) : 0);
        }
    }

    int width() {
        return map.box().getFirst();
    }

    int elementBytes() {
        return elementBytes;
    }

    TornadoNativeArray array() {
        return array;
    }

    /** The bits of an element. */
    int bits(long index) {
        return elementBytes == 2 ? array.getSegment().get(ValueLayout.JAVA_SHORT, index * 2) & 0xFFFF : array.getSegment().get(ValueLayout.JAVA_INT, index * 4);
    }

    void setBits(long index, int bits) {
        if (elementBytes == 2) {
            array.getSegment().set(ValueLayout.JAVA_SHORT, index * 2, (short) bits);
        } else {
            array.getSegment().set(ValueLayout.JAVA_INT, index * 4, bits);
        }
    }
}
