// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.tornado.context.LocalArrays;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.types.HalfFloat;

/** The local arrays of a block. Its threads allocate the same ones in the same order: the n-th array of a thread is the n-th of the block. */
final class LocalMemory {
    private static final int CAPACITY = 48 * 1024;

    private final RaceDetector races;
    private final List<Object> arrays = new ArrayList<>();
    private long bytes;

    LocalMemory(RaceDetector races) {
        this.races = races;
    }

    /** The array that a thread allocates as its {@code n}-th, counted from 0. */
    Object allocate(SimulatedThread thread, int n, Class<?> elementType, int size) {
        if (size < 0) {
            throw thread.fault("a local array of " + size + " elements", null);
        }
        return n == arrays.size() ? add(thread, elementType, size) : shared(thread, n, elementType, size);
    }

    private Object add(SimulatedThread thread, Class<?> elementType, int size) {
        bytes += (long) size * bytesOf(elementType);
        if (bytes > CAPACITY) {
            throw thread.fault(bytes + " bytes of local memory; a block has " + CAPACITY, null);
        }
        Object array = LocalArrays.allocate(elementType, size);
        races.addLocal(array, size);
        arrays.add(array);
        return array;
    }

    private Object shared(SimulatedThread thread, int n, Class<?> elementType, int size) {
        Object array = arrays.get(n);
        if (array.getClass().componentType() != elementType || Array.getLength(array) != size) {
            throw thread.fault("its local array number " + (n + 1) + " is " + elementType.getSimpleName() + "[" + size
                    + "], other threads' is " + RaceDetector.describe(array), null);
        }
        return array;
    }

    /** Bytes of the arrays so far. */
    long bytes() {
        return bytes;
    }

    private static int bytesOf(Class<?> type) {
        if (type == byte.class) {
            return Byte.BYTES;
        }
        if (type == HalfFloat.class) {
            return Short.BYTES;
        }
        return type == long.class || type == double.class ? Long.BYTES : Integer.BYTES;
    }
}
