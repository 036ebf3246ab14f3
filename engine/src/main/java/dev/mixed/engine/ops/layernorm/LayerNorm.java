package dev.mixed.engine.ops.layernorm;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.reduce.ColumnsVector;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Layer normalisation over the last dim (Ba, Kiros and Hinton, 2016): y = (x - mean) rstd gamma + beta, rstd = 1 / sqrt(var + eps), with the
 * biased variance, as torch has it.
 *
 * <p>x and y are F32 or F16; gamma, beta, mean and rstd are F32.
 */
public final class LayerNorm {
    private static final Kernel FORWARD_F32 = Kernel.of("layer_norm.f32", LayerNorm::normalizeRows, LayerNormVector::normalize);
    private static final Kernel FORWARD_F16 = Kernel.of("layer_norm.f16", LayerNorm::normalizeHalf, LayerNormVector::normalizeHalf);
    private static final Kernel BACKWARD_F32 = Kernel.of("layer_norm_backward.f32", LayerNorm::normalizeBackward, LayerNormVector::normalizeBackward);
    private static final Kernel BACKWARD_F16 = Kernel.of("layer_norm_backward.f16", LayerNorm::normalizeBackwardHalf, LayerNormVector::normalizeBackwardHalf);
    private static final Kernel GAMMA_F32 = Kernel.of("layer_norm_gamma.f32", LayerNorm::gammaGradient, ColumnsVector::gammaGradient);
    private static final Kernel GAMMA_F16 = Kernel.of("layer_norm_gamma.f16", LayerNorm::gammaGradientHalf);
    /** Rows that are summed on their own before they join the total, which keeps the rounding error of long columns low. */
    private static final int BLOCK = 64;

    private LayerNorm() {
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
        (Elementwise.isHalf(x) ? FORWARD_F16 : FORWARD_F32).launch().read(x).read(gamma).read(beta).write(y).write(mean).write(rstd)
                .ints(n).floats(eps).over(rows, 4L * n);
        return new Result(y, mean, rstd);
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
        (Elementwise.isHalf(x) ? BACKWARD_F16 : BACKWARD_F32).launch().read(x).read(gamma).read(forward.mean()).read(forward.rstd()).read(dy)
                .write(dx).ints(n).over(x.shape().rows(), 8L * n);
        return dx;
    }

    /**
     * dgamma (+)= sum over rows of dy xhat. Beta's gradient is {@link Broadcast#sumToInto} of dy.
     *
     * @param dgamma F32 [n]
     */
    public static void backwardGammaInto(Tensor dgamma, Tensor x, Result forward, Tensor dy, boolean accumulate) {
        OpCheck.alike("layer_norm_gamma", x, dy);
        int n = x.shape().last();
        int rows = x.shape().rows();
        dgamma.require("layer_norm_gamma", DType.F32).require("layer_norm_gamma", Shape.of(n));
        Launch.Builder launch = (Elementwise.isHalf(x) ? GAMMA_F16 : GAMMA_F32).launch().read(x).read(forward.mean()).read(forward.rstd()).read(dy);
        (accumulate ? launch.update(dgamma) : launch.write(dgamma)).ints(rows, n).flag(accumulate).over(n, 3L * rows);
    }

    /** One row per index; two passes, since E[x^2] - E[x]^2 would cancel. */
    public static void normalizeRows(FloatArray x, FloatArray gamma, FloatArray beta, FloatArray y, FloatArray mean, FloatArray rstd, int n, float eps,
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

    /** {@link #normalizeRows} on half storage. */
    public static void normalizeHalf(HalfFloatArray x, FloatArray gamma, FloatArray beta, HalfFloatArray y, FloatArray mean, FloatArray rstd, int n,
            float eps, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = from + i;
            int base = row * n;
            float sum = 0f;
            for (int j = 0; j < n; j++) {
                sum += x.get(base + j).getFloat32();
            }
            float m = sum / n;
            float squares = 0f;
            for (int j = 0; j < n; j++) {
                float d = x.get(base + j).getFloat32() - m;
                squares += d * d;
            }
            float r = 1f / TornadoMath.sqrt(squares / n + eps);
            mean.set(row, m);
            rstd.set(row, r);
            for (int j = 0; j < n; j++) {
                float v = (x.get(base + j).getFloat32() - m) * r * gamma.get(j) + beta.get(j);
                HalfFloat h = new HalfFloat(v);
                y.set(base + j, h);
            }
        }
    }

    /** One row of dx per index. */
    public static void normalizeBackward(FloatArray x, FloatArray gamma, FloatArray mean, FloatArray rstd, FloatArray dy, FloatArray dx, int n,
            int from, int count) {
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

    /** {@link #normalizeBackward} on half storage. */
    public static void normalizeBackwardHalf(HalfFloatArray x, FloatArray gamma, FloatArray mean, FloatArray rstd, HalfFloatArray dy,
            HalfFloatArray dx, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = from + i;
            int base = row * n;
            float m = mean.get(row);
            float r = rstd.get(row);
            float sum = 0f;
            float dot = 0f;
            for (int j = 0; j < n; j++) {
                float g = dy.get(base + j).getFloat32() * gamma.get(j);
                sum += g;
                dot += g * ((x.get(base + j).getFloat32() - m) * r);
            }
            float meanG = sum / n;
            float meanDot = dot / n;
            for (int j = 0; j < n; j++) {
                float g = dy.get(base + j).getFloat32() * gamma.get(j);
                float xhat = (x.get(base + j).getFloat32() - m) * r;
                float v = r * (g - meanG - xhat * meanDot);
                HalfFloat h = new HalfFloat(v);
                dx.set(base + j, h);
            }
        }
    }

    /** One column of dgamma per index. */
    public static void gammaGradient(FloatArray x, FloatArray mean, FloatArray rstd, FloatArray dy, FloatArray dgamma, int rows, int n,
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

    /** {@link #gammaGradient} on half storage. */
    public static void gammaGradientHalf(HalfFloatArray x, FloatArray mean, FloatArray rstd, HalfFloatArray dy, FloatArray dgamma, int rows, int n,
            int accumulate, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int j = from + i;
            float sum = 0f;
            for (int start = 0; start < rows; start += BLOCK) {
                int end = Math.min(start + BLOCK, rows);
                float part = 0f;
                for (int row = start; row < end; row++) {
                    part += dy.get(row * n + j).getFloat32() * ((x.get(row * n + j).getFloat32() - mean.get(row)) * rstd.get(row));
                }
                sum += part;
            }
            dgamma.set(j, accumulate != 0 ? dgamma.get(j) + sum : sum);
        }
    }
}
