// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.reduce.SumRows;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Layer normalisation over the last dim (Ba, Kiros and Hinton, 2016): y = (x - mean) rstd gamma + beta, rstd = 1 / sqrt(var + eps), with the
 * biased variance, as torch has it.
 *
 * <p>x and y are F32 or F16; gamma, beta, mean and rstd are F32.
 */
public final class LayerNorm {
    /** Normalises rows. */
    public static final KernelPair FORWARD = new KernelPair(Kernel.of("layer_norm.f32", LayerNorm::forward, () -> LayerNormVector::normalize),
            Kernel.of("layer_norm.f16", LayerNormHalf::forward, () -> LayerNormVector::normalizeHalf)).named(Forward.class);
    static final KernelPair BACKWARD = new KernelPair(Kernel.of("layer_norm_backward.f32", LayerNorm::backward, () -> LayerNormVector::normalizeBackward),
            Kernel.of("layer_norm_backward.f16", LayerNormHalf::backward, () -> LayerNormVector::normalizeBackwardHalf)).named(Backward.class);
    static final KernelPair GAMMA = new KernelPair(Kernel.of("layer_norm_gamma.f32", LayerNorm::gammaGradient, () -> LayerNormVector::gammaGradient),
            Kernel.of("layer_norm_gamma.f16", LayerNormHalf::gammaGradient, () -> LayerNormVector::gammaGradientHalf)).named(GammaGradient.class);
    /** Normalises rows whose mean and rstd are known. */
    static final KernelPair NORMALIZE = new KernelPair(Kernel.of("normalize.f32", LayerNorm::normalizeRows),
            Kernel.of("normalize.f16", LayerNormHalf::normalizeRows))
                    .named(Normalize.class);
    /** Rows that are summed on their own before they join the total, which keeps the rounding error of long columns low. */
    static final int BLOCK = 64;

    private LayerNorm() {
    }

    /** The arguments of {@link #FORWARD}: rows [rows, n]. */
    public record Forward(Buffer x, Buffer gamma, Buffer beta, Buffer y, Buffer mean, Buffer rstd, int n, float eps) {
    }

    /** The arguments of {@link #NORMALIZE}: rows [rows, n]. */
    record Normalize(Buffer x, Buffer gamma, Buffer beta, Buffer mean, Buffer rstd, Buffer y, int n) {
    }

    /** The arguments of {@link #BACKWARD}: rows [rows, n]. */
    record Backward(Buffer x, Buffer gamma, Buffer mean, Buffer rstd, Buffer dy, Buffer dx, int n) {
    }

    /** The arguments of {@link #GAMMA}. */
    record GammaGradient(Buffer x, Buffer mean, Buffer rstd, Buffer dy, Buffer dgamma, int rows, int n, boolean accumulate) {
    }

    /**
     * What the forward pass leaves for the backward pass.
     *
     * @param y    [.., n] of x's type
     * @param mean F32 [rows], rows = all of x's leading dims
     * @param rstd F32 [rows]
     */
    public record Result(Tensor y, Tensor mean, Tensor rstd) {
    }

    /**
     * Normalises each row of x.
     *
     * @param x     F32 or F16 [.., n]
     * @param gamma F32 [n]
     * @param beta  F32 [n]
     * @param eps   added to the variance; BERT has 1e-12
     */
    public static Result forward(Tensor x, Tensor gamma, Tensor beta, float eps) {
        OpCheck.floating("layer_norm", x);
        int n = x.shape().last();
        int rows = x.shape().rows();
        Shape features = Shape.of(n);
        gamma.require("layer_norm", DType.F32).require("layer_norm", features);
        beta.require("layer_norm", DType.F32).require("layer_norm", features);
        Tensor y = x.emptyLike();
        Tensor mean = Tensor.empty(x.device(), Shape.of(rows), DType.F32);
        Tensor rstd = Tensor.empty(x.device(), Shape.of(rows), DType.F32);
        FORWARD.of(x.dtype()).launch().read(x).read(gamma).read(beta).write(y).write(mean).write(rstd)
                .ints(n).floats(eps).over(rows, 4L * n);
        return new Result(y, mean, rstd);
    }

    /**
     * {@link #forward}'s y once more.
     *
     * @param x       its input F16 or F32 [.., n]
     * @param gamma   F32 [n]
     * @param beta    F32 [n]
     * @param forward of which mean and rstd are read
     */
    public static Tensor forwardAgain(Tensor x, Tensor gamma, Tensor beta, Result forward) {
        OpCheck.alike("layer_norm", x, forward.y());
        int n = x.shape().last();
        gamma.require("layer_norm", DType.F32).require("layer_norm", Shape.of(n));
        beta.require("layer_norm", DType.F32).require("layer_norm", Shape.of(n));
        Tensor y = x.emptyLike();
        NORMALIZE.of(x.dtype()).launch().read(x).read(gamma).read(beta).read(forward.mean()).read(forward.rstd()).write(y).ints(n)
                .over(x.shape().rows(), 2L * n);
        return y;
    }

    /**
     * dx = rstd (g - mean(g) - xhat mean(g xhat)) with g = dy gamma and xhat = (x - mean) rstd.
     *
     * @param x  the forward input [.., n]
     * @param dy of x's shape and type
     */
    public static Tensor backward(Tensor x, Tensor gamma, Result forward, Tensor dy) {
        OpCheck.alike("layer_norm_backward", x, dy);
        int n = x.shape().last();
        gamma.require("layer_norm_backward", DType.F32).require("layer_norm_backward", Shape.of(n));
        Tensor dx = x.emptyLike();
        BACKWARD.of(x.dtype()).launch().read(x).read(gamma).read(forward.mean()).read(forward.rstd()).read(dy)
                .write(dx).ints(n).over(x.shape().rows(), 8L * n);
        return dx;
    }

    /**
     * dgamma (+)= sum over rows of dy xhat. Beta's gradient is {@link SumRows#into} of dy.
     *
     * @param dgamma F32 [n]
     */
    public static void backwardGammaInto(Tensor dgamma, Tensor x, Result forward, Tensor dy, boolean accumulate) {
        OpCheck.alike("layer_norm_gamma", x, dy);
        int n = x.shape().last();
        int rows = x.shape().rows();
        dgamma.require("layer_norm_gamma", DType.F32).require("layer_norm_gamma", Shape.of(n));
        Launch.Builder launch = GAMMA.of(x.dtype()).launch().read(x).read(forward.mean()).read(forward.rstd()).read(dy);
        (accumulate ? launch.update(dgamma) : launch.write(dgamma)).ints(rows, n).flag(accumulate).over(n, 3L * rows);
    }

    /** One row per index; two passes, since E[x^2] - E[x]^2 would cancel. */
    public static void forward(@AlsoHalf FloatArray x, FloatArray gamma, FloatArray beta, @AlsoHalf FloatArray y, FloatArray mean, FloatArray rstd, int n,
            float eps,
            int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = from + i;
            int base = row * n;
            float sum = 0f;
            for (int j = 0; j < n; j++) {
                sum += x.get(base + j);
            }
            float m = sum / n;
            float squares = 0f;
            for (int j = 0; j < n; j++) {
                float d = x.get(base + j) - m;
                squares += d * d;
            }
            float r = 1f / TornadoMath.sqrt(squares / n + eps);
            mean.set(row, m);
            rstd.set(row, r);
            for (int j = 0; j < n; j++) {
                y.set(base + j, (x.get(base + j) - m) * r * gamma.get(j) + beta.get(j));
            }
        }
    }

    /** One row per index. */
    public static void normalizeRows(@AlsoHalf FloatArray x, FloatArray gamma, FloatArray beta, FloatArray mean, FloatArray rstd, @AlsoHalf FloatArray y, int n,
            int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = from + i;
            float m = mean.get(row);
            float r = rstd.get(row);
            for (int j = 0; j < n; j++) {
                y.set(row * n + j, (x.get(row * n + j) - m) * r * gamma.get(j) + beta.get(j));
            }
        }
    }

    /** One row of dx per index. */
    public static void backward(@AlsoHalf FloatArray x, FloatArray gamma, FloatArray mean, FloatArray rstd, @AlsoHalf FloatArray dy,
            @AlsoHalf FloatArray dx, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = from + i;
            int base = row * n;
            float m = mean.get(row);
            float r = rstd.get(row);
            float sum = 0f;
            float dot = 0f;
            for (int j = 0; j < n; j++) {
                float g = dy.get(base + j) * gamma.get(j);
                sum += g;
                dot += g * ((x.get(base + j) - m) * r);
            }
            float meanG = sum / n;
            float meanDot = dot / n;
            for (int j = 0; j < n; j++) {
                float g = dy.get(base + j) * gamma.get(j);
                float xhat = (x.get(base + j) - m) * r;
                dx.set(base + j, r * (g - meanG - xhat * meanDot));
            }
        }
    }

    /** One column of dgamma per index. */
    public static void gammaGradient(@AlsoHalf FloatArray x, FloatArray mean, FloatArray rstd, @AlsoHalf FloatArray dy, FloatArray dgamma, int rows, int n,
            int accumulate, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int j = from + i;
            float sum = 0f;
            for (int start = 0; start < rows; start += BLOCK) {
                int end = Math.min(start + BLOCK, rows);
                float part = 0f;
                for (int row = start; row < end; row++) {
                    part += dy.get(row * n + j) * ((x.get(row * n + j) - mean.get(row)) * rstd.get(row));
                }
                sum += part;
            }
            dgamma.set(j, accumulate != 0 ? dgamma.get(j) + sum : sum);
        }
    }
}
