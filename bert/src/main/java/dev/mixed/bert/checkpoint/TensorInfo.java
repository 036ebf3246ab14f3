package dev.mixed.bert.checkpoint;

import java.util.List;

/**
 * One tensor of a safetensors header.
 *
 * @param begin first byte, counted from the end of the header
 * @param end   one past the last byte
 */
public record TensorInfo(String name, StoredType type, List<Integer> shape, long begin, long end) {

    public TensorInfo {
        shape = List.copyOf(shape);
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
