// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.softmax;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Cast;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Softmax and its logarithm over the last dimension, each row shifted by its maximum so that nothing overflows.
 *
 * <p>Halves are computed in F32 and rounded once, at the end. A row of nothing but -inf, or with a NaN or +inf, is NaN, as in PyTorch.
 */
public final class Softmax {
    private static final Kernel SOFTMAX = Kernel.of("softmax", Softmax::softmaxRows, () -> SoftmaxVector::softmaxRows);
    private static final Kernel SOFTMAX_BACKWARD = Kernel.of("softmax_backward", Softmax::softmaxBackwardRows, () -> SoftmaxVector::softmaxBackwardRows);
    private static final Kernel LOG_SOFTMAX = Kernel.of("log_softmax", Softmax::logSoftmaxRows, () -> SoftmaxVector::logSoftmaxRows);
    private static final Kernel LOG_SOFTMAX_BACKWARD = Kernel.of("log_softmax_backward", Softmax::logSoftmaxBackwardRows,
            () -> SoftmaxVector::logSoftmaxBackwardRows);
    /** Scalar operations per element, mostly the exponential. */
    private static final long WORK = 20;

    private Softmax() {
    }

    /** exp(x) / sum(exp(x)) over the last dimension; F32 or F16. */
    public static Tensor softmax(Tensor x) {
        return forward("softmax", SOFTMAX, x);
    }

    /** log(softmax(x)) over the last dimension; F32 or F16. */
    public static Tensor logSoftmax(Tensor x) {
        return forward("log_softmax", LOG_SOFTMAX, x);
    }

    /** dx = y (dy - sum(y dy)) for y = softmax(x); y and dy of one shape and type. */
    public static Tensor softmaxBackward(Tensor y, Tensor dy) {
        return backward("softmax_backward", SOFTMAX_BACKWARD, y, dy);
    }

    /** dx = dy - exp(y) sum(dy) for y = logSoftmax(x); y and dy of one shape and type. */
    public static Tensor logSoftmaxBackward(Tensor y, Tensor dy) {
        return backward("log_softmax_backward", LOG_SOFTMAX_BACKWARD, y, dy);
    }

    private static Tensor forward(String op, Kernel kernel, Tensor x) {
        OpCheck.floating(op, x);
        Tensor in = Cast.to(x, DType.F32);
        Tensor y = in.emptyLike();
        int n = x.shape().last();
        kernel.launch().read(in).write(y).ints(n).over(x.shape().rows(), WORK * n);
        return Cast.to(y, x.dtype());
    }

    private static Tensor backward(String op, Kernel kernel, Tensor y, Tensor dy) {
        OpCheck.alike(op, y, dy);
        Tensor in = Cast.to(y, DType.F32);
        Tensor dx = in.emptyLike();
        int n = y.shape().last();
        kernel.launch().read(in).read(Cast.to(dy, DType.F32)).write(dx).ints(n).over(y.shape().rows(), WORK * n);
        return Cast.to(dx, y.dtype());
    }

    /** y[r, j] = exp(x[r, j] - max) / sum over j of exp(x[r, j] - max), for rows of n. */
    public static void softmaxRows(FloatArray x, FloatArray y, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = (from + i) * n;
            float max = SoftmaxRow.max(x, row, n);
            float sum = 0f;
            for (int j = 0; j < n; j++) {
                float e = TornadoMath.exp(x.get(row + j) - max);
                sum += e;
                y.set(row + j, e);
            }
            for (int j = 0; j < n; j++) {
                y.set(row + j, y.get(row + j) / sum);
            }
        }
    }

    /** dx[r, j] = y[r, j] (dy[r, j] - sum over j of y[r, j] dy[r, j]). */
    public static void softmaxBackwardRows(FloatArray y, FloatArray dy, FloatArray dx, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = (from + i) * n;
            float dot = 0f;
            for (int j = 0; j < n; j++) {
                dot += y.get(row + j) * dy.get(row + j);
            }
            for (int j = 0; j < n; j++) {
                dx.set(row + j, y.get(row + j) * (dy.get(row + j) - dot));
            }
        }
    }

    /** y[r, j] = (x[r, j] - max) - log(sum over j of exp(x[r, j] - max)). */
    public static void logSoftmaxRows(FloatArray x, FloatArray y, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = (from + i) * n;
            float max = SoftmaxRow.max(x, row, n);
            float sum = SoftmaxRow.sumOfExp(x, row, n, max);
            float log = TornadoMath.log(sum);
            for (int j = 0; j < n; j++) {
                y.set(row + j, x.get(row + j) - max - log);
            }
        }
    }

    /** dx[r, j] = dy[r, j] - exp(y[r, j]) sum over j of dy[r, j]. */
    public static void logSoftmaxBackwardRows(FloatArray y, FloatArray dy, FloatArray dx, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = (from + i) * n;
            float sum = 0f;
            for (int j = 0; j < n; j++) {
                sum += dy.get(row + j);
            }
            for (int j = 0; j < n; j++) {
                dx.set(row + j, dy.get(row + j) - TornadoMath.exp(y.get(row + j)) * sum);
            }
        }
    }
}
