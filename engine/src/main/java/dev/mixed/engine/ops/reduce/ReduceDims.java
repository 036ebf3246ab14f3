// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Sums and maxima over neighbouring dims, which keep the size 1, and the other way: values repeated along such dims.
 *
 * <p>For kernels, the n elements to reduce lie {@code inner} apart: x is [outer, n, inner] and the result [outer, inner]. Reductions give F32
 * whatever the operand's type. A NaN anywhere makes a maximum NaN, as in PyTorch.
 */
public final class ReduceDims {
    private static final KernelPair SUM = new KernelPair(Kernel.of("sum_dims.f32", ReduceDims::sumDims), Kernel.of("sum_dims.f16", ReduceDimsHalf::sumDims));
    private static final KernelPair MAX = new KernelPair(Kernel.of("max_dims.f32", ReduceDims::maxDims), Kernel.of("max_dims.f16", ReduceDimsHalf::maxDims));
    private static final KernelPair MAX_BACKWARD = new KernelPair(Kernel.of("max_dims_backward.f32", ReduceDims::maxDimsBackward),
            Kernel.of("max_dims_backward.f16", ReduceDimsHalf::maxDimsBackward));
    private static final KernelPair REPEAT = new KernelPair(Kernel.of("repeat_dims.f32", ReduceDims::repeatDims),
            Kernel.of("repeat_dims.f16", ReduceDimsHalf::repeatDims));
    /** Terms that are summed on their own before they join the total, which keeps the rounding error of long sums low. */
    static final int BLOCK = 64;

    private ReduceDims() {
    }

    /** factor times the sum of x, F32 or F16, over dims first to last; F32, with these dims 1. */
    public static Tensor sum(Tensor x, int first, int last, float factor) {
        OpCheck.floating("sum", x);
        Tensor y = Tensor.empty(x.device(), reduced(x.shape(), first, last), DType.F32);
        int n = x.shape().elements() / y.shape().elements();
        SUM.of(x.dtype()).launch().read(x).write(y).ints(n, inner(x.shape(), last)).floats(factor).over(y.shape().elements(), n);
        return y;
    }

    /** The largest element of x, F32 or F16, over dims first to last; F32, with these dims 1. */
    public static Tensor max(Tensor x, int first, int last) {
        OpCheck.floating("max", x);
        Tensor y = Tensor.empty(x.device(), reduced(x.shape(), first, last), DType.F32);
        int n = x.shape().elements() / y.shape().elements();
        MAX.of(x.dtype()).launch().read(x).write(y).ints(n, inner(x.shape(), last)).over(y.shape().elements(), n);
        return y;
    }

    /** The gradient of y = max(x, first, last): dy, F32 of y's shape, at the first element that equals y, else 0; of x's shape and type. */
    public static Tensor maxBackward(Tensor x, Tensor y, Tensor dy, int first, int last) {
        Shape kept = reduced(x.shape(), first, last);
        y.require("max_backward", DType.F32).require("max_backward", kept);
        dy.require("max_backward", DType.F32).require("max_backward", kept);
        Tensor dx = x.emptyLike();
        int n = x.shape().elements() / kept.elements();
        MAX_BACKWARD.of(x.dtype()).launch().read(x).read(y).read(dy).write(dx).ints(n, inner(x.shape(), last)).over(kept.elements(), n);
        return dx;
    }

    /** factor times x, F32 with dims first to last of size 1, repeated to these dims of {@code shape}; of that shape and type. */
    public static Tensor repeat(Tensor x, Shape shape, DType dtype, int first, int last, float factor) {
        x.require("repeat", DType.F32).require("repeat", reduced(shape, first, last));
        Tensor y = Tensor.empty(x.device(), shape, dtype);
        OpCheck.floating("repeat", y);
        int n = shape.elements() / x.shape().elements();
        REPEAT.of(dtype).launch().read(x).write(y).ints(n, inner(shape, last)).floats(factor).over(shape.elements(), 4);
        return y;
    }

    private static Shape reduced(Shape shape, int first, int last) {
        int[] dims = shape.toArray();
        Arrays.fill(dims, first, last + 1, 1);
        return Shape.of(dims);
    }

    /** Elements of the dims behind the last reduced one. */
    private static int inner(Shape shape, int last) {
        int inner = 1;
        for (int d = last + 1; d < shape.rank(); d++) {
            inner *= shape.dim(d);
        }
        return inner;
    }

    /** y[o, j] = factor times the sum over k of x[o, k, j]. */
    public static void sumDims(@AlsoHalf FloatArray x, FloatArray y, int n, int inner, float factor, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int start = e / inner * n * inner + e % inner;
            float sum = 0f;
            for (int block = 0; block < n; block += BLOCK) {
                int end = Math.min(block + BLOCK, n);
                float part = 0f;
                for (int k = block; k < end; k++) {
                    part += x.get(start + k * inner);
                }
                sum += part;
            }
            y.set(e, factor * sum);
        }
    }

    /** y[o, j] = the largest over k of x[o, k, j], NaN if one is NaN. */
    @SuppressWarnings("IdentityBinaryExpression") // NaN: TornadoVM compiles this form of the test
    public static void maxDims(@AlsoHalf FloatArray x, FloatArray y, int n, int inner, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int start = e / inner * n * inner + e % inner;
            float max = x.get(start);
            for (int k = 1; k < n; k++) {
                float v = x.get(start + k * inner);
                if (v > max || v != v) {
                    max = v;
                }
            }
            y.set(e, max);
        }
    }

    /** dx[o, k, j] = dy[o, j] for the first k with x[o, k, j] equal to y[o, j], NaN equal to NaN, else 0. */
    @SuppressWarnings("IdentityBinaryExpression") // NaN: TornadoVM compiles this form of the test
    public static void maxDimsBackward(@AlsoHalf FloatArray x, FloatArray y, FloatArray dy, @AlsoHalf FloatArray dx, int n, int inner, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int start = e / inner * n * inner + e % inner;
            float max = y.get(e);
            int first = n;
            for (int k = 0; k < n; k++) {
                if (Reduce.matches(x.get(start + k * inner), max) != 0) {
                    first = Math.min(first, k);
                }
            }
            float d = dy.get(e);
            for (int k = 0; k < n; k++) {
                float g = 0f;
                if (k == first) {
                    g = d;
                }
                dx.set(start + k * inner, g);
            }
        }
    }

    /** y[o, k, j] = factor x[o, j] for all k. */
    public static void repeatDims(FloatArray x, @AlsoHalf FloatArray y, int n, int inner, float factor, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, factor * x.get(e / inner / n * inner + e % inner));
        }
    }
}
