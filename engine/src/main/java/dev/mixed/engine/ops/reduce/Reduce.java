// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Cast;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Sums, means and maxima, over everything or over the last dimension, and what their gradients need. F32 whatever the operand's type.
 *
 * <p>Whole tensors are reduced in two steps, first chunks of a fixed length and then the chunks' results, so that the order of a sum does not
 * depend on the number of cores. A NaN anywhere makes a maximum NaN, as in PyTorch.
 */
public final class Reduce {
    private static final int CHUNK = 1024;
    private static final Kernel SUM_CHUNKS = Kernel.of("sum_chunks", Reduce::sumChunks);
    private static final Kernel MAX_CHUNKS = Kernel.of("max_chunks", Reduce::maxChunks);
    private static final Kernel EXPAND_ROWS = Kernel.of("expand_rows", Reduce::expandRows);
    private static final Kernel FIRST_IN_CHUNKS = Kernel.of("first_in_chunks", Reduce::firstInChunks);
    private static final Kernel MAX_BACKWARD = Kernel.of("max_backward", Reduce::maxBackwardElements);
    private static final Kernel MAX_ROWS_BACKWARD = Kernel.of("max_rows_backward", Reduce::maxBackwardRows);

    private Reduce() {
    }

    /** The sum of all elements, an F32 scalar. */
    public static Tensor sum(Tensor x) {
        return sum(x, 1f);
    }

    /** The mean of all elements, an F32 scalar. */
    public static Tensor mean(Tensor x) {
        return sum(x, 1f / x.shape().elements());
    }

    /** The largest element, an F32 scalar. */
    public static Tensor max(Tensor x) {
        Tensor chunks = maxima(floats("max", x), CHUNK, chunks(x));
        return maxima(chunks, chunks.shape().elements(), Shape.of());
    }

    /** Sums over the last dimension: [.., n] to F32 [..]. */
    public static Tensor sumLast(Tensor x) {
        return sums(floats("sum", x), x.shape().last(), withoutLast("sum", x), 1f);
    }

    /** Means over the last dimension: [.., n] to F32 [..]. */
    public static Tensor meanLast(Tensor x) {
        return sums(floats("mean", x), x.shape().last(), withoutLast("mean", x), 1f / x.shape().last());
    }

    /** Maxima over the last dimension: [.., n] to F32 [..]. */
    public static Tensor maxLast(Tensor x) {
        return maxima(floats("max", x), x.shape().last(), withoutLast("max", x));
    }

    /** The gradient of a sum: factor times the F32 scalar dy everywhere, in the shape and type of {@code like}. */
    public static Tensor expandScalar(Tensor dy, Tensor like, float factor) {
        OpCheck.scalar("expand", dy);
        return expand(dy, like, like.shape().elements(), factor);
    }

    /** The gradient of a sum over the last dimension: factor times dy F32 [..] for each of n, in the shape [.., n] and type of {@code like}. */
    public static Tensor expandLast(Tensor dy, Tensor like, float factor) {
        dy.require("expand", DType.F32).require("expand", withoutLast("expand", like));
        return expand(dy, like, like.shape().last(), factor);
    }

    /** The gradient of y = max(x): dy at the first element that equals y, else 0; of x's shape and type. */
    public static Tensor maxBackward(Tensor x, Tensor y, Tensor dy) {
        OpCheck.scalar("max_backward", y);
        OpCheck.scalar("max_backward", dy);
        Tensor in = floats("max_backward", x);
        int n = x.shape().elements();
        Tensor firsts = Tensor.empty(x.device(), chunks(x), DType.I32);
        FIRST_IN_CHUNKS.launch().read(in).read(y).write(firsts).ints(n, CHUNK).over(firsts.shape().elements(), CHUNK);
        Tensor dx = in.emptyLike();
        MAX_BACKWARD.launch().read(firsts).read(dy).write(dx).ints(n, CHUNK).over(firsts.shape().elements(), CHUNK);
        return Cast.to(dx, x.dtype());
    }

    /** The gradient of y = maxLast(x): dy F32 [..] at the first element of each row that equals y, else 0; of x's shape and type. */
    public static Tensor maxLastBackward(Tensor x, Tensor y, Tensor dy) {
        Shape rows = withoutLast("max_backward", x);
        y.require("max_backward", DType.F32).require("max_backward", rows);
        dy.require("max_backward", DType.F32).require("max_backward", rows);
        Tensor in = floats("max_backward", x);
        Tensor dx = in.emptyLike();
        int n = x.shape().last();
        MAX_ROWS_BACKWARD.launch().read(in).read(y).read(dy).write(dx).ints(n).over(x.shape().rows(), n);
        return Cast.to(dx, x.dtype());
    }

    private static Tensor sum(Tensor x, float factor) {
        Tensor chunks = sums(floats("sum", x), CHUNK, chunks(x), 1f);
        return sums(chunks, chunks.shape().elements(), Shape.of(), factor);
    }

    private static Tensor floats(String op, Tensor x) {
        OpCheck.floating(op, x);
        return Cast.to(x, DType.F32);
    }

    /** One sum, times factor, for each run of {@code length} elements. */
    private static Tensor sums(Tensor x, int length, Shape shape, float factor) {
        int n = x.shape().elements();
        Tensor y = Tensor.empty(x.device(), shape, DType.F32);
        SUM_CHUNKS.launch().read(x).write(y).ints(n, length).floats(factor).over(shape.elements(), length);
        return y;
    }

    /** One maximum for each run of {@code length} elements. */
    private static Tensor maxima(Tensor x, int length, Shape shape) {
        int n = x.shape().elements();
        Tensor y = Tensor.empty(x.device(), shape, DType.F32);
        MAX_CHUNKS.launch().read(x).write(y).ints(n, length).over(shape.elements(), length);
        return y;
    }

    private static Shape chunks(Tensor x) {
        return Shape.of(Math.ceilDiv(x.shape().elements(), CHUNK));
    }

    private static Tensor expand(Tensor dy, Tensor like, int n, float factor) {
        OpCheck.floating("expand", like);
        Tensor dx = Tensor.empty(like.device(), like.shape(), DType.F32);
        EXPAND_ROWS.launch().read(dy).write(dx).ints(n).floats(factor).over(like.shape().elements(), 2);
        return Cast.to(dx, like.dtype());
    }

    private static Shape withoutLast(String op, Tensor x) {
        int[] dims = x.shape().toArray();
        if (dims.length == 0) {
            throw new IllegalArgumentException(op + " over the last dimension needs one; a scalar has none");
        }
        return Shape.of(Arrays.copyOf(dims, dims.length - 1));
    }

    /** y[c] = factor times the sum of chunk c of x's n elements. */
    public static void sumChunks(FloatArray x, FloatArray y, int n, int chunk, float factor, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int c = from + i;
            int start = c * chunk;
            int length = n - start < chunk ? n - start : chunk;
            float sum = 0f;
            for (int j = 0; j < length; j++) {
                sum += x.get(start + j);
            }
            y.set(c, factor * sum);
        }
    }

    /** y[c] = the largest element of chunk c of x's n elements, NaN if one is NaN. */
    @SuppressWarnings("IdentityBinaryExpression") // NaN: TornadoVM compiles this form of the test
    public static void maxChunks(FloatArray x, FloatArray y, int n, int chunk, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int c = from + i;
            int start = c * chunk;
            int length = n - start < chunk ? n - start : chunk;
            float max = x.get(start);
            for (int j = 1; j < length; j++) {
                float v = x.get(start + j);
                if (v > max || v != v) {
                    max = v;
                }
            }
            y.set(c, max);
        }
    }

    /** dx[e] = factor * dy[e / n]. */
    public static void expandRows(FloatArray dy, FloatArray dx, int n, float factor, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            dx.set(e, factor * dy.get(e / n));
        }
    }

    /** firsts[c] = index of the first element of chunk c of x that equals y, NaN equal to NaN; n if there is none. */
    public static void firstInChunks(FloatArray x, FloatArray y, IntArray firsts, int n, int chunk, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int c = from + i;
            int start = c * chunk;
            int length = n - start < chunk ? n - start : chunk;
            float max = y.get(0);
            int first = n;
            for (int j = 0; j < length; j++) {
                if (matches(x.get(start + j), max) != 0) {
                    first = Math.min(first, start + j);
                }
            }
            firsts.set(c, first);
        }
    }

    /** dx[e] = dy where e is the least of all chunks' firsts, else 0. */
    public static void maxBackwardElements(IntArray firsts, FloatArray dy, FloatArray dx, int n, int chunk, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int c = from + i;
            int start = c * chunk;
            int length = n - start < chunk ? n - start : chunk;
            int chosen = firsts.get(c);
            for (int p = 0; p < c; p++) {
                // An earlier chunk has one: none of this chunk's.
                chosen = firsts.get(p) < n ? -1 : chosen;
            }
            float d = dy.get(0);
            for (int j = 0; j < length; j++) {
                float g = 0f;
                if (start + j == chosen) {
                    g = d;
                }
                dx.set(start + j, g);
            }
        }
    }

    /** dx[r, j] = dy[r] where j is the first with x[r, j] equal to y[r], NaN equal to NaN, else 0; rows of n. */
    public static void maxBackwardRows(FloatArray x, FloatArray y, FloatArray dy, FloatArray dx, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = from + i;
            float max = y.get(row);
            int first = n;
            for (int j = 0; j < n; j++) {
                if (matches(x.get(row * n + j), max) != 0) {
                    first = Math.min(first, j);
                }
            }
            float d = dy.get(row);
            for (int j = 0; j < n; j++) {
                float g = 0f;
                if (j == first) {
                    g = d;
                }
                dx.set(row * n + j, g);
            }
        }
    }

    /** 1 if v equals the maximum, NaN equal to NaN, else 0; nested, since TornadoVM compiles some chains of conditions wrongly. */
    @SuppressWarnings("IdentityBinaryExpression") // NaN: TornadoVM compiles this form of the test
    static int matches(float v, float max) {
        int match = 0;
        if (v == max) {
            match = 1;
        }
        if (v != v) {
            if (max != max) {
                match = 1;
            }
        }
        return match;
    }
}
