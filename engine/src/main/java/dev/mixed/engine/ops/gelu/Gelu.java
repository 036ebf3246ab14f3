// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.gelu;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * GELU, x Phi(x) with the normal distribution Phi (Hendrycks and Gimpel, 2016), exactly or in its tanh approximation.
 *
 * <p>There is no erf on a GPU. Phi's tail is computed as Phi(-|x|) = exp(-x^2/2) u P(u) with u = 1 / (1 + s |x|), the form of Abramowitz and
 * Stegun 7.1.26 with a polynomial of one degree more, fitted to an absolute error of 1e-8; rounding to float then dominates. Unlike
 * 0.5 (1 + erf(x / sqrt 2)), it loses nothing to cancellation at negative x, and its exponential serves the derivative too.
 */
public final class Gelu {
    /** x Phi(x). */
    public static final KernelPair EXACT = new KernelPair(Kernel.of("gelu.f32", Gelu::exact, () -> GeluVector::exact),
            Kernel.of("gelu.f16", GeluHalf::exact, () -> GeluVector::exactHalf)).named(Forward.class);
    public static final KernelPair EXACT_BACKWARD = new KernelPair(Kernel.of("gelu_backward.f32", Gelu::exactBackward, () -> GeluVector::exactBackward),
            Kernel.of("gelu_backward.f16", GeluHalf::exactBackward, () -> GeluVector::exactBackwardHalf)).named(Backward.class);
    static final KernelPair TANH = new KernelPair(Kernel.of("gelu_tanh.f32", Gelu::approximate, () -> GeluVector::approximate),
            Kernel.of("gelu_tanh.f16", GeluHalf::approximate, () -> GeluVector::approximateHalf)).named(Forward.class);
    static final KernelPair TANH_BACKWARD = new KernelPair(
            Kernel.of("gelu_tanh_backward.f32", Gelu::approximateBackward, () -> GeluVector::approximateBackward),
            Kernel.of("gelu_tanh_backward.f16", GeluHalf::approximateBackward, () -> GeluVector::approximateBackwardHalf)).named(Backward.class);
    private static final int WORK = 40;

    private Gelu() {
    }

    /** The arguments of a forward kernel. */
    public record Forward(Buffer x, Buffer y) {
    }

    /** The arguments of a backward kernel. */
    public record Backward(Buffer x, Buffer dy, Buffer dx) {
    }

    /** x Phi(x) = 0.5 x (1 + erf(x / sqrt 2)), torch's gelu; F32 or F16, any shape. */
    public static Tensor exact(Tensor x) {
        return forward("gelu", EXACT, x);
    }

    /** dx = dy (Phi(x) + x phi(x)), phi the normal density; x and dy of one shape and type. */
    public static Tensor exactBackward(Tensor x, Tensor dy) {
        return backward("gelu_backward", EXACT_BACKWARD, x, dy);
    }

    /** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), torch's gelu with approximate="tanh"; F32 or F16, any shape. */
    public static Tensor tanhApproximation(Tensor x) {
        return forward("gelu_tanh", TANH, x);
    }

    /** dx for {@link #tanhApproximation}; x and dy of one shape and type. */
    public static Tensor tanhApproximationBackward(Tensor x, Tensor dy) {
        return backward("gelu_tanh_backward", TANH_BACKWARD, x, dy);
    }

    private static Tensor forward(String op, KernelPair kernels, Tensor x) {
        OpCheck.floating(op, x);
        Tensor y = x.emptyLike();
        kernels.of(x.dtype()).launch().read(x).write(y).over(x.shape().elements(), WORK);
        return y;
    }

    private static Tensor backward(String op, KernelPair kernels, Tensor x, Tensor dy) {
        OpCheck.alike(op, x, dy);
        Tensor dx = x.emptyLike();
        kernels.of(x.dtype()).launch().read(x).read(dy).write(dx).over(x.shape().elements(), WORK);
        return dx;
    }

    /** GELU of either form, once more: a {@link dev.mixed.engine.Recomputation}. */
    public static boolean again(Launch launch, Buffer result, Buffer copy, LoweredLaunches out) {
        Kernel kernel = launch.kernel();
        if (!EXACT.has(kernel) && !TANH.has(kernel)) {
            return false;
        }
        out.launch(kernel).read(launch.arguments(Forward.class).x()).write(copy).over(launch.range(), WORK);
        return true;
    }

    /** Phi(-|x|), given exp(-x^2/2); within 2e-7. */
    private static float tail(float x, float gaussian) {
        float u = 1f / (1f + 0.38890873f * TornadoMath.abs(x));
        float p = 0.053662084f;
        p = p * u - 0.25901851f;
        p = p * u + 0.37985617f;
        p = p * u - 0.020712221f;
        p = p * u + 0.19542070f;
        p = p * u + 0.15079178f;
        return gaussian * (p * u);
    }

    /** x Phi(x) of one element. */
    public static float value(float x) {
        float t = tail(x, TornadoMath.exp(-0.5f * x * x));
        float positive = t > 0f ? x - x * t : x;
        return x < 0f ? x * t : positive;
    }

    /** Phi(x) + x phi(x). */
    public static float derivative(float x) {
        float gaussian = TornadoMath.exp(-0.5f * x * x);
        float t = tail(x, gaussian);
        float cdf = x < 0f ? t : 1f - t;
        return cdf + x * (0.3989422804f * gaussian);
    }

    /** exp(-2 |u|) for the tanh form's u. */
    private static float decay(float x) {
        return TornadoMath.exp(-1.5957691216f * TornadoMath.abs(x + 0.044715f * x * x * x));
    }

    /** (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)); by exp(-2 |u|) = e, nothing cancels and nothing overflows. */
    private static float gate(float x, float e) {
        float large = 1f / (1f + e);
        return x < 0f ? e * large : large;
    }

    /** x times {@link #gate}: GELU's tanh form. */
    public static float tanhValue(float x) {
        return x * gate(x, decay(x));
    }

    /** The derivative of {@link #tanhValue}. */
    public static float tanhDerivative(float x) {
        float e = decay(x);
        float large = 1f / (1f + e);
        return gate(x, e) + x * (large * (e * large)) * (1.5957691216f * (1f + 0.134145f * x * x));
    }

    /** y[i] = x[i] Phi(x[i]). */
    public static void exact(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, value(x.get(e)));
        }
    }

    /** dx[i] = dy[i] (Phi(x[i]) + x[i] phi(x[i])). */
    public static void exactBackward(@AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            dx.set(e, dy.get(e) * derivative(x.get(e)));
        }
    }

    /** y[i] = x[i] (1 + tanh(u)) / 2, u = sqrt(2/pi) (x[i] + 0.044715 x[i]^3). */
    public static void approximate(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, tanhValue(x.get(e)));
        }
    }

    /** dx[i] = dy[i] d/dx of {@link #approximate}. */
    public static void approximateBackward(@AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            dx.set(e, dy.get(e) * tanhDerivative(x.get(e)));
        }
    }
}
