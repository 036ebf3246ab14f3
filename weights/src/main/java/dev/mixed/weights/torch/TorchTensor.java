// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.util.List;

/**
 * A tensor as PyTorch stores it: a view of a storage. Every element lies within the storage, and there are no more elements than the storage has.
 *
 * @param offset  elements of the storage before the tensor's first
 * @param shape   each at least 0
 * @param strides elements from one index to the next, for each dimension; each at least 0
 */
public record TorchTensor(Storage storage, long offset, List<Integer> shape, List<Long> strides) {

    /** What NumPy and PyTorch handle at most. */
    private static final int MAX_DIMENSIONS = 64;

    public TorchTensor {
        if (shape.size() != strides.size() || shape.size() > MAX_DIMENSIONS) {
            throw new TorchFormatException("has a tensor with " + shape.size() + " dimensions and " + strides.size() + " strides");
        }
        if (offset < 0 || shape.stream().anyMatch(d -> d < 0) || strides.stream().anyMatch(s -> s < 0)) {
            throw new TorchFormatException("has a tensor with a negative size, stride or offset");
        }
        long elements = 1;
        long last = offset;
        try {
            for (int i = 0; i < shape.size(); i++) {
                elements = Math.multiplyExact(elements, (long) shape.get(i));
                last = Math.addExact(last, Math.multiplyExact(Math.max(0L, shape.get(i) - 1L), strides.get(i)));
            }
        } catch (ArithmeticException e) {
            throw outside(storage);
        }
        // A tensor expanded by strides of 0 may claim more elements than the whole file has bytes.
        if (elements > 0 && (last >= storage.numel() || elements > storage.numel())) {
            throw outside(storage);
        }
    }

    private static TorchFormatException outside(Storage storage) {
        return new TorchFormatException("has a tensor that reaches beyond its storage of " + storage.numel() + " elements");
    }

    public long elements() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }

    /** Whether the elements lie one after the other, row by row. */
    public boolean isContiguous() {
        long expected = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            if (shape.get(i) != 1 && strides.get(i) != expected) {
                return elements() == 0;
            }
            expected *= Math.max(1, shape.get(i));
        }
        return true;
    }
}
