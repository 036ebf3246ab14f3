// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.context;

import java.lang.reflect.Array;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Local arrays of kernels, and how two halves lie in one int of them. */
public final class LocalArrays {
    private LocalArrays() {
    }

    /** A new array of zeros; an array of {@link HalfFloat}, too, has no nulls. */
    public static Object allocate(Class<?> elementType, int size) {
        Object array = Array.newInstance(elementType, size);
        if (array instanceof HalfFloat[] halves) {
            Arrays.fill(halves, new HalfFloat((short) 0));
        }
        return array;
    }

    /** Elements {@code index} and {@code index + 1} in one int, the first in the low bits. */
    public static int packedPair(HalfFloatArray source, int index) {
        return (source.get(index).getHalfFloatValue() & 0xFFFF) | (source.get(index + 1).getHalfFloatValue() << 16);
    }
}
