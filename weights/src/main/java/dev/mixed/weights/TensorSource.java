// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A tensor to be saved, whose elements are asked for only when its turn to be written comes.
 *
 * @param data gives the elements row by row in the JVM's byte order; it must hold exactly the bytes of type and shape
 */
public record TensorSource(String name, StoredType type, List<Integer> shape, Supplier<MemorySegment> data) {

    public TensorSource {
        shape = List.copyOf(shape);
        Objects.requireNonNull(data);
        if (name.equals("__metadata__") || shape.stream().anyMatch(d -> d < 0)) {
            throw new IllegalArgumentException("tensor '" + name + "' " + shape);
        }
    }

    /** An F32 tensor. */
    public static TensorSource floats(String name, List<Integer> shape, Supplier<float[]> values) {
        return new TensorSource(name, StoredType.F32, shape, () -> MemorySegment.ofArray(values.get()));
    }

    /** An I32 tensor. */
    public static TensorSource ints(String name, List<Integer> shape, Supplier<int[]> values) {
        return new TensorSource(name, StoredType.I32, shape, () -> MemorySegment.ofArray(values.get()));
    }

    /** An I64 tensor. */
    public static TensorSource longs(String name, List<Integer> shape, Supplier<long[]> values) {
        return new TensorSource(name, StoredType.I64, shape, () -> MemorySegment.ofArray(values.get()));
    }

    /** Bytes that the tensor takes in the file. */
    public long byteSize() {
        return TensorInfo.byteSize(type, shape);
    }
}
