// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * x within two limits, element by element. NaN stays NaN; where the lower limit is above the upper one, all is the upper one.
 *
 * <p>A limit of minus infinity below, or of infinity above, is none.
 */
public final class Clamp {
    private static final KernelPair FORWARD = new KernelPair(Kernel.of("clamp.f32", Clamp::clampElements), Kernel.of("clamp.f16", ClampHalf::clampElements));
    private static final KernelPair BACKWARD = new KernelPair(Kernel.of("clamp_backward.f32", Clamp::clampBackward),
            Kernel.of("clamp_backward.f16", ClampHalf::clampBackward));

    private Clamp() {
    }

    /** min(max(x, low), high), F32 or F16, any shape; the limits are constants of the launch. */
    public static Tensor forward(Tensor x, float low, float high) {
        OpCheck.floating("clamp", x);
        Tensor y = x.emptyLike();
        limits(FORWARD.of(x.dtype()).launch().read(x).write(y), x.dtype(), low, high).over(x.shape().elements(), 2);
        return y;
    }

    /** dx = dy where {@code low <= x <= high}, else 0; both of x's shape and type. */
    public static Tensor backward(Tensor x, Tensor dy, float low, float high) {
        OpCheck.alike("clamp_backward", x, dy);
        Tensor dx = x.emptyLike();
        limits(BACKWARD.of(x.dtype()).launch().read(x).read(dy).write(dx), x.dtype(), low, high).over(x.shape().elements(), 2);
        return dx;
    }

    /** The limits in the tensor's type, as PyTorch has them. A kernel's constants are finite: what is no limit is a flag. */
    private static Launch.Builder limits(Launch.Builder launch, DType dtype, float least, float largest) {
        float low = dtype == DType.F16 ? Float.float16ToFloat(Float.floatToFloat16(least)) : least;
        float high = dtype == DType.F16 ? Float.float16ToFloat(Float.floatToFloat16(largest)) : largest;
        // Of NaN, both comparisons are false.
        if (!(low < Float.POSITIVE_INFINITY && high > Float.NEGATIVE_INFINITY)) {
            throw new IllegalArgumentException("clamp takes a number or minus infinity as its lower limit and a number or infinity as its upper limit, not "
                    + least + " and " + largest + " as " + dtype);
        }
        boolean below = low != Float.NEGATIVE_INFINITY;
        boolean above = high != Float.POSITIVE_INFINITY;
        return launch.flag(below).floats(below ? low : 0f).flag(above).floats(above ? high : 0f);
    }

    /** y[i] = x[i], low if it is less, and then high if it is more. */
    public static void clampElements(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int below, float low, int above, float high, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            if (below != 0) {
                v = v < low ? low : v;
            }
            if (above != 0) {
                v = v > high ? high : v;
            }
            y.set(e, v);
        }
    }

    /** dx[i] = dy[i] where x[i] is within the limits, else 0, also for NaN. */
    @SuppressWarnings("IdentityBinaryExpression") // NaN: TornadoVM compiles this form of the test
    public static void clampBackward(@AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int below, float low, int above, float high,
            int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            float g = v == v ? dy.get(e) : 0f;
            if (below != 0) {
                g = v >= low ? g : 0f;
            }
            if (above != 0) {
                g = v <= high ? g : 0f;
            }
            dx.set(e, g);
        }
    }
}
