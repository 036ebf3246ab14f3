// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Arrays that have memory of their own on the device alone. TornadoVM wants host memory behind each array, which it uploads; of these, all of one type and size have the same, since nobody looks at it.
 */
final class ScratchArrays {
    private final Map<Kind, MemorySegment> memory = new HashMap<>();
    private final Set<TornadoNativeArray> all = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Arrays of one kind have one header. */
    private record Kind(DType dtype, int elements) {
    }

    /** A new array of undefined content. */
    TornadoNativeArray allocate(DType dtype, int elements) {
        // Where TornadoVM registers memory with the driver, it does so once for a segment, however many arrays it meets it in: they have to share the object, too.
        MemorySegment segment = memory.computeIfAbsent(new Kind(dtype, elements),
                _ -> Arena.ofAuto().allocate(TornadoNativeArray.ARRAY_HEADER + (long) elements * dtype.bytes(), Long.BYTES));
        TornadoNativeArray array = dtype.over(segment);
        all.add(array);
        return array;
    }

    /** Whether an array is one of these. */
    boolean contains(TornadoNativeArray array) {
        return all.contains(array);
    }
}
