// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The sizes of a tensor's dimensions, row-major: the last dimension is contiguous. A scalar has rank 0. */
public final class Shape {
    private final int[] dims;
    private final int elements;

    private Shape(int[] dims) {
        long product = 1;
        for (int d : dims) {
            if (d < 1) {
                throw new IllegalArgumentException("shape " + Arrays.toString(dims) + " has the size " + d + "; every size must be at least 1");
            }
            product *= d;
            if (product > Integer.MAX_VALUE - 16) {
                throw new IllegalArgumentException("shape " + Arrays.toString(dims) + " has more than 2^31 elements, the most that one array can hold");
            }
        }
        this.dims = dims;
        this.elements = (int) product;
    }

    /** The shape with these sizes, outermost first. */
    public static Shape of(int... dims) {
        return new Shape(dims.clone());
    }

    /** Number of dimensions. */
    public int rank() {
        return dims.length;
    }

    /** Size of dimension {@code axis}; negative axes count from the end, as in PyTorch. */
    public int dim(int axis) {
        int i = axis < 0 ? axis + dims.length : axis;
        if (i < 0 || i >= dims.length) {
            throw new IllegalArgumentException("axis " + axis + " is outside shape " + this);
        }
        return dims[i];
    }

    /** Size of the last dimension; 1 for a scalar. */
    public int last() {
        return dims.length == 0 ? 1 : dims[dims.length - 1];
    }

    /** Number of rows when all dimensions but the last are flattened: elements / last. */
    public int rows() {
        return elements / last();
    }

    /** Number of elements. */
    public int elements() {
        return elements;
    }

    /** This shape with its last size replaced. */
    public Shape withLast(int size) {
        int[] copy = dims.clone();
        copy[copy.length - 1] = size;
        return new Shape(copy);
    }

    /** The sizes as a new array. */
    public int[] toArray() {
        return dims.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** As PyTorch prints it, for example {@code [16, 64, 128]}. */
    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
