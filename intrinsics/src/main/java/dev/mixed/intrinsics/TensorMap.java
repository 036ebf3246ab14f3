// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import java.util.List;

/**
 * How a copy sees a native array of halves or floats: as a tensor of which it takes boxes.
 *
 * @param argument position of the array among the kernel's arguments, the context included
 * @param sizes    elements along each dimension, innermost first
 * @param strides  elements from one index to the next, of the second dimension and the following; each a multiple of 16 bytes
 * @param box      elements of a box along each dimension, at most 256
 * @param swizzled whether the box's rows of 128 bytes have their 16-byte chunks exchanged: chunk c of row r lies at c ^ r % 8, so that reads of a
 *                 column meet all banks
 */
public record TensorMap(int argument, List<Integer> sizes, List<Integer> strides, List<Integer> box, boolean swizzled) {
    private static final int MAX_BOX = 256;

    public TensorMap {
        sizes = List.copyOf(sizes);
        strides = List.copyOf(strides);
        box = List.copyOf(box);
        if (sizes.isEmpty() || strides.size() != sizes.size() - 1 || box.size() != sizes.size() || argument < 0) {
            throw new IllegalArgumentException("sizes " + sizes + ", strides " + strides + " and box " + box + " do not fit together");
        }
        if (sizes.stream().anyMatch(n -> n < 1) || strides.stream().anyMatch(n -> n < 1) || box.stream().anyMatch(n -> n < 1 || n > MAX_BOX)) {
            throw new IllegalArgumentException("no tensor map has sizes " + sizes + ", strides " + strides + ", boxes of " + box);
        }
    }

    /** A matrix [rows, columns] with {@code stride} elements from one row to the next, in boxes of {@code boxRows x boxColumns}, swizzled. */
    public static TensorMap matrix(int argument, int rows, int columns, int stride, int boxRows, int boxColumns) {
        return new TensorMap(argument, List.of(columns, rows), List.of(stride), List.of(boxColumns, boxRows), true);
    }
}
