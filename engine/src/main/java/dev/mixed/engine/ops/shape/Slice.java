// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Neighbouring positions along one dim, as a new contiguous tensor; the way back for gradients; and several tensors end to end along a dim.
 *
 * <p>For kernels, the whole is [outer, n, inner] and the part [outer, m, inner], from position {@code start} of the n on. Halves pass through float,
 * which is exact.
 */
public final class Slice {
    private static final KernelPair FORWARD = new KernelPair(Kernel.of("slice.f32", Slice::sliceOf), Kernel.of("slice.f16", SliceHalf::sliceOf));
    private static final KernelPair BACKWARD = new KernelPair(Kernel.of("slice_backward.f32", Slice::sliceBackward),
            Kernel.of("slice_backward.f16", SliceHalf::sliceBackward));
    private static final KernelPair PLACE = new KernelPair(Kernel.of("cat.f32", Slice::placeSlice), Kernel.of("cat.f16", SliceHalf::placeSlice));

    private Slice() {
    }

    /** {@code length} positions of x, F32 or F16, from {@code start} on along a dim from 0 to rank-1. */
    public static Tensor forward(Tensor x, int dim, int start, int length) {
        OpCheck.floating("slice", x);
        int n = x.shape().dim(dim);
        if (start < 0 || length < 1 || start > n - length) {
            throw new IllegalArgumentException("slice can't take " + length + " positions from " + start + " on of dim " + dim + " of shape " + x.shape());
        }
        Tensor y = Tensor.empty(x.device(), withDim(x.shape(), dim, length), x.dtype());
        FORWARD.of(x.dtype()).launch().read(x).write(y).ints(n, length, start, inner(x.shape(), dim)).over(y.shape().elements(), 4);
        return y;
    }

    /** The gradient of {@code forward(x, dim, start, length)} for x of size n along the dim: dy, F32 or F16, in its place, zeros around it. */
    public static Tensor backward(Tensor dy, int dim, int start, int n) {
        OpCheck.floating("slice_backward", dy);
        Tensor dx = Tensor.empty(dy.device(), withDim(dy.shape(), dim, n), dy.dtype());
        BACKWARD.of(dy.dtype()).launch().read(dy).write(dx).ints(n, dy.shape().dim(dim), start, inner(dy.shape(), dim)).over(dx.shape().elements(), 4);
        return dx;
    }

    /** Tensors of one type, F32 or F16, end to end along a dim from 0 to rank-1; their other sizes are equal. */
    public static Tensor cat(int dim, Tensor... parts) {
        int n = 0;
        for (Tensor part : parts) {
            OpCheck.floating("cat", part.require("cat", parts[0].dtype()));
            if (!withDim(part.shape(), dim, 1).equals(withDim(parts[0].shape(), dim, 1))) {
                throw new IllegalArgumentException("cat along dim " + dim + " takes shapes that differ there alone, not " + parts[0].shape() + " and "
                        + part.shape());
            }
            n = Math.addExact(n, part.shape().dim(dim));
        }
        Tensor y = Tensor.empty(parts[0].device(), withDim(parts[0].shape(), dim, n), parts[0].dtype());
        // Each part is placed by a launch that leaves the rest as it is, which therefore has to be something.
        Elementwise.fillInto(y, 0f);
        int start = 0;
        for (Tensor part : parts) {
            int m = part.shape().dim(dim);
            PLACE.of(y.dtype()).launch().read(part).update(y).ints(n, m, start, inner(y.shape(), dim)).over(part.shape().elements(), 4);
            start += m;
        }
        return y;
    }

    private static Shape withDim(Shape shape, int dim, int size) {
        int[] dims = shape.toArray();
        dims[dim] = size;
        return Shape.of(dims);
    }

    /** Elements of the dims behind one. */
    private static int inner(Shape shape, int dim) {
        int inner = 1;
        for (int d = dim + 1; d < shape.rank(); d++) {
            inner *= shape.dim(d);
        }
        return inner;
    }

    /** y[o, k, j] = x[o, start + k, j]. */
    public static void sliceOf(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int n, int m, int start, int inner, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int row = e / inner;
            int k = start + row % m;
            y.set(e, x.get((row / m * n + k) * inner + e % inner));
        }
    }

    /** dx[o, k, j] = dy[o, k - start, j] where there is one, else 0. */
    public static void sliceBackward(@AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int n, int m, int start, int inner, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int row = e / inner;
            int k = row % n - start;
            float g = 0f;
            if (k >= 0) {
                if (k < m) {
                    g = dy.get((row / n * m + k) * inner + e % inner);
                }
            }
            dx.set(e, g);
        }
    }

    /** y[o, start + k, j] = x[o, k, j]; the rest of y stays. */
    public static void placeSlice(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int n, int m, int start, int inner, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int row = e / inner;
            int k = start + row % m;
            y.set((row / m * n + k) * inner + e % inner, x.get(e));
        }
    }
}
