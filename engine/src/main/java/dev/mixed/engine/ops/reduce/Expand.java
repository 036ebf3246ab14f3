// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.Arrays;

/**
 * Broadcasting of any two shapes by the rules of NumPy and PyTorch: shapes are aligned at their last dims, and sizes must be equal where neither is
 * 1 nor missing. {@code Broadcast} is quicker where one shape is a suffix of the other.
 */
public final class Expand {
    private Expand() {
    }

    /** The shape that a and b are broadcast to. */
    public static Shape shape(String op, Shape a, Shape b) {
        int[] dims = new int[Math.max(a.rank(), b.rank())];
        for (int i = 1; i <= dims.length; i++) {
            int da = i <= a.rank() ? a.dim(-i) : 1;
            int db = i <= b.rank() ? b.dim(-i) : 1;
            if (da != db && da != 1 && db != 1) {
                throw new IllegalArgumentException(op + " takes shapes whose sizes, counted from the last, are equal or 1, not " + a + " and " + b);
            }
            dims[dims.length - i] = Math.max(da, db);
        }
        return Shape.of(dims);
    }

    /** x, F32 or F16, repeated to a shape that it can be broadcast to; x itself if it has that shape. */
    public static Tensor to(Tensor x, Shape shape) {
        OpCheck.floating("expand", x);
        int[] dims = aligned(x.shape(), shape);
        Tensor y = x.reshape(dims);
        for (int last = dims.length - 1; last >= 0; last--) {
            if (dims[last] != shape.dim(last)) {
                int first = runStart(dims, shape, last);
                for (int d = first; d <= last; d++) {
                    dims[d] = shape.dim(d);
                }
                y = ReduceDims.repeat(Cast.to(y, DType.F32), Shape.of(dims), x.dtype(), first, last, 1f);
                last = first;
            }
        }
        return y;
    }

    /**
     * target = the sum of dy over the dims along which target's shape was broadcast to dy's, or target += that sum.
     *
     * @param target F32 or F16
     * @param dy     F32 or F16
     */
    public static void sumInto(Tensor target, Tensor dy, boolean accumulate) {
        OpCheck.floating("expand_backward", target);
        Shape shape = dy.shape();
        int[] dims = aligned(target.shape(), shape);
        Tensor sum = dy;
        for (int last = dims.length - 1; last >= 0; last--) {
            if (dims[last] != shape.dim(last)) {
                int first = runStart(dims, shape, last);
                sum = ReduceDims.sum(sum, first, last, 1f);
                last = first;
            }
        }
        Tensor reshaped = sum.reshape(target.shape());
        if (accumulate) {
            Elementwise.addInto(target, Cast.to(reshaped, target.dtype()));
        } else {
            Elementwise.copyInto(target, reshaped);
        }
    }

    /** The sizes of {@code small} with sizes of 1 in front, as many as {@code large} has. */
    private static int[] aligned(Shape small, Shape large) {
        if (!shape("expand", small, large).equals(large)) {
            throw new IllegalArgumentException("expand can't take the shape " + small + " to " + large);
        }
        int[] dims = new int[large.rank()];
        Arrays.fill(dims, 1);
        System.arraycopy(small.toArray(), 0, dims, dims.length - small.rank(), small.rank());
        return dims;
    }

    /** The first of the neighbouring dims up to {@code last} that are all broadcast. */
    private static int runStart(int[] dims, Shape shape, int last) {
        int first = last;
        while (first > 0 && dims[first - 1] != shape.dim(first - 1)) {
            first--;
        }
        return first;
    }
}
