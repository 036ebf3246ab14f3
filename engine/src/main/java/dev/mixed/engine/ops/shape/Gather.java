// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Elements by their index along one dim, and the gradient that adds each back to where it came from.
 *
 * <p>Callers check indices on the host. One outside the dim reads as 0 here and receives no gradient; nothing outside the tensor is touched.
 *
 * <p>For kernels, x is [outer, n, inner], and index and result are [outer, m, inner].
 */
public final class Gather {
    private static final KernelPair FORWARD = new KernelPair(Kernel.of("gather.f32", Gather::gatherElements),
            Kernel.of("gather.f16", GatherHalf::gatherElements));
    private static final KernelPair BACKWARD = new KernelPair(Kernel.of("gather_backward.f32", Gather::sumByIndex),
            Kernel.of("gather_backward.f16", GatherHalf::sumByIndex));

    private Gather() {
    }

    /**
     * y[.., i, ..] = x[.., index[.., i, ..], ..].
     *
     * @param x     F32 or F16
     * @param dim   from 0 to rank-1
     * @param index I32, of x's shape but for the size of the dim
     * @return of index's shape and x's type
     */
    public static Tensor forward(Tensor x, int dim, Tensor index) {
        OpCheck.floating("gather", x);
        check("gather", x.shape(), dim, index);
        Tensor y = Tensor.empty(x.device(), index.shape(), x.dtype());
        FORWARD.of(x.dtype()).launch().read(x).read(index).write(y).ints(x.shape().dim(dim), index.shape().dim(dim), inner(x.shape(), dim))
                .over(y.shape().elements(), 4);
        return y;
    }

    /**
     * dx[.., k, ..] = the sum of dy[.., i, ..] over all i with index[.., i, ..] = k, in the order of i and in float, so that repeated indices always
     * add up the same way. Takes m times as many steps as dx has elements, for m indices to a column.
     *
     * @param shape x's
     * @return of x's shape and dy's type
     */
    public static Tensor backward(Tensor dy, int dim, Tensor index, Shape shape) {
        OpCheck.floating("gather_backward", dy);
        check("gather_backward", shape, dim, index);
        dy.require("gather_backward", index.shape());
        Tensor dx = Tensor.empty(dy.device(), shape, dy.dtype());
        int n = shape.dim(dim);
        int m = index.shape().dim(dim);
        BACKWARD.of(dy.dtype()).launch().read(dy).read(index).write(dx).ints(n, m, inner(shape, dim)).over(shape.elements(), 2L * m);
        return dx;
    }

    private static void check(String op, Shape shape, int dim, Tensor index) {
        index.require(op, DType.I32);
        int[] expected = shape.toArray();
        if (index.shape().rank() == expected.length) {
            expected[dim] = index.shape().dim(dim);
        }
        index.require(op, Shape.of(expected));
    }

    /** Elements of the dims behind one. */
    private static int inner(Shape shape, int dim) {
        int inner = 1;
        for (int d = dim + 1; d < shape.rank(); d++) {
            inner *= shape.dim(d);
        }
        return inner;
    }

    /** y[o, i, j] = x[o, index[o, i, j], j]. */
    public static void gatherElements(@AlsoHalf FloatArray x, IntArray index, @AlsoHalf FloatArray y, int n, int m, int inner, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int k = index.get(e);
            float v = 0f;
            if (k >= 0) {
                if (k < n) {
                    v = x.get((e / inner / m * n + k) * inner + e % inner);
                }
            }
            y.set(e, v);
        }
    }

    /**
     * dx[o, k, j] = the sum of dy[o, i, j] over all i with index[o, i, j] = k, in the order of i. Each element looks at all m of its column: a loop
     * that added to the elements that it is told, column by column, needs more registers than a block of 1024 threads has.
     */
    public static void sumByIndex(@AlsoHalf FloatArray dy, IntArray index, @AlsoHalf FloatArray dx, int n, int m, int inner, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int row = e / inner;
            int first = row / n * m * inner + e % inner;
            int k = row % n;
            float sum = 0f;
            for (int p = 0; p < m; p++) {
                if (index.get(first + p * inner) == k) {
                    sum += dy.get(first + p * inner);
                }
            }
            dx.set(e, sum);
        }
    }
}
