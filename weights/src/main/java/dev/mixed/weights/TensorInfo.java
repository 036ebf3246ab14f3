// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import java.util.List;

/**
 * One tensor of a file.
 *
 * @param begin first byte, counted from the end of a safetensors header; 0 in formats whose tensors need not lie in one piece
 * @param end   {@code begin} and the bytes of all elements
 */
public record TensorInfo(String name, StoredType type, List<Integer> shape, long begin, long end) {

    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** A tensor of a format other than safetensors. */
    static TensorInfo of(String name, StoredType type, List<Integer> shape) {
        return new TensorInfo(name, type, shape, 0, byteSize(type, shape));
    }

    /** Number of elements: 1 for a scalar, whose shape is empty. */
    public long elements() {
        return (end - begin) / type.bytes();
    }

    /** Bytes of a tensor of this type and shape; an {@link ArithmeticException} when that exceeds a long. */
    static long byteSize(StoredType type, List<Integer> shape) {
        long size = type.bytes();
        for (int dimension : shape) {
            size = Math.multiplyExact(size, (long) dimension);
        }
        return size;
    }
}
