// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Elementary functions, element by element. Computed in F32; halves are converted on the way in and out, with one rounding. */
public final class PointwiseMath {
    private static final Kernel EXP = Kernel.of("exp", PointwiseMath::expOf);
    private static final Kernel LOG = Kernel.of("log", PointwiseMath::logOf);
    private static final Kernel POW = Kernel.of("pow", PointwiseMath::powOf);
    private static final Kernel RSQRT = Kernel.of("rsqrt", PointwiseMath::rsqrtOf);
    private static final Kernel RECIPROCAL = Kernel.of("reciprocal", PointwiseMath::reciprocalOf);
    private static final Kernel RATIO = Kernel.of("ratio", PointwiseMath::ratioOf);
    private static final Kernel ADDCMUL = Kernel.of("addcmul", PointwiseMath::addProduct);
    private static final Kernel ADDCDIV = Kernel.of("addcdiv", PointwiseMath::addQuotient);
    /** Scalar operations per element. */
    private static final long WORK = 20;

    private PointwiseMath() {
    }

    /** e^x. */
    public static Tensor exp(Tensor x) {
        return unary("exp", EXP, x);
    }

    /** The natural logarithm. */
    public static Tensor log(Tensor x) {
        return unary("log", LOG, x);
    }

    /** 1 / sqrt(x). */
    public static Tensor rsqrt(Tensor x) {
        return unary("rsqrt", RSQRT, x);
    }

    /** 1 / x. */
    public static Tensor reciprocal(Tensor x) {
        return unary("reciprocal", RECIPROCAL, x);
    }

    /** x^exponent for a constant exponent. */
    public static Tensor pow(Tensor x, float exponent) {
        OpCheck.floating("pow", x);
        Tensor in = Cast.to(x, DType.F32);
        Tensor y = in.emptyLike();
        POW.launch().read(in).write(y).floats(exponent).over(x.shape().elements(), 2 * WORK);
        return Cast.to(y, x.dtype());
    }

    /** a / b, and 0 where b is 0; F32 of one shape. */
    public static Tensor ratio(Tensor a, Tensor b) {
        OpCheck.alike("ratio", a.require("ratio", DType.F32), b);
        Tensor y = a.emptyLike();
        RATIO.launch().read(a).read(b).write(y).over(a.shape().elements(), 2);
        return y;
    }

    /** x + value * a * b; all of one shape and type. */
    public static Tensor addcmul(Tensor x, Tensor a, Tensor b, float value) {
        return ternary("addcmul", ADDCMUL, x, a, b, value);
    }

    /** x + value * a / b; all of one shape and type. */
    public static Tensor addcdiv(Tensor x, Tensor a, Tensor b, float value) {
        return ternary("addcdiv", ADDCDIV, x, a, b, value);
    }

    private static Tensor unary(String op, Kernel kernel, Tensor x) {
        OpCheck.floating(op, x);
        Tensor in = Cast.to(x, DType.F32);
        Tensor y = in.emptyLike();
        kernel.launch().read(in).write(y).over(x.shape().elements(), WORK);
        return Cast.to(y, x.dtype());
    }

    private static Tensor ternary(String op, Kernel kernel, Tensor x, Tensor a, Tensor b, float value) {
        OpCheck.alike(op, x, a);
        OpCheck.alike(op, x, b);
        Tensor in = Cast.to(x, DType.F32);
        Tensor y = in.emptyLike();
        kernel.launch().read(in).read(Cast.to(a, DType.F32)).read(Cast.to(b, DType.F32)).write(y).floats(value).over(x.shape().elements(), 4);
        return Cast.to(y, x.dtype());
    }

    /** y[i] = exp(x[i]). */
    public static void expOf(FloatArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, TornadoMath.exp(x.get(e)));
        }
    }

    /** y[i] = log(x[i]). */
    public static void logOf(FloatArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, TornadoMath.log(x.get(e)));
        }
    }

    /** y[i] = x[i]^exponent. */
    public static void powOf(FloatArray x, FloatArray y, float exponent, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, TornadoMath.pow(x.get(e), exponent));
        }
    }

    /** y[i] = 1 / sqrt(x[i]). */
    public static void rsqrtOf(FloatArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, 1f / TornadoMath.sqrt(x.get(e)));
        }
    }

    /** y[i] = 1 / x[i]. */
    public static void reciprocalOf(FloatArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, 1f / x.get(e));
        }
    }

    /** y[i] = a[i] / b[i], 0 where b[i] is 0. */
    public static void ratioOf(FloatArray a, FloatArray b, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float d = b.get(e);
            float r = 0f;
            if (d != 0f) {
                r = a.get(e) / d;
            }
            y.set(e, r);
        }
    }

    /** y[i] = x[i] + value a[i] b[i]. */
    public static void addProduct(FloatArray x, FloatArray a, FloatArray b, FloatArray y, float value, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) + value * a.get(e) * b.get(e));
        }
    }

    /** y[i] = x[i] + value a[i] / b[i]. */
    public static void addQuotient(FloatArray x, FloatArray a, FloatArray b, FloatArray y, float value, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) + value * a.get(e) / b.get(e));
        }
    }
}
