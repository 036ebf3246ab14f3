// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The logistic function 1 / (1 + e^-x), element by element. */
public final class Sigmoid {
    private static final KernelPair FORWARD = new KernelPair(Kernel.of("sigmoid.f32", Sigmoid::sigmoidOf), Kernel.of("sigmoid.f16", SigmoidHalf::sigmoidOf));
    private static final KernelPair BACKWARD = new KernelPair(Kernel.of("sigmoid_backward.f32", Sigmoid::sigmoidBackward),
            Kernel.of("sigmoid_backward.f16", SigmoidHalf::sigmoidBackward));

    private Sigmoid() {
    }

    /** sigmoid(x), F32 or F16, any shape. */
    public static Tensor forward(Tensor x) {
        OpCheck.floating("sigmoid", x);
        Tensor y = x.emptyLike();
        FORWARD.of(x.dtype()).launch().read(x).write(y).over(x.shape().elements(), 20);
        return y;
    }

    /** dx = dy sigmoid(x) sigmoid(-x); both of x's shape and type. From the input, not from the result y: in half, 1 - y loses digits where y is near 1. */
    public static Tensor backward(Tensor x, Tensor dy) {
        OpCheck.alike("sigmoid_backward", x, dy);
        Tensor dx = x.emptyLike();
        BACKWARD.of(x.dtype()).launch().read(x).read(dy).write(dx).over(x.shape().elements(), 40);
        return dx;
    }

    /** y[i] = sigmoid(x[i]). */
    public static void sigmoidOf(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, logistic(x.get(e)));
        }
    }

    /** dx[i] = dy[i] sigmoid(x[i]) sigmoid(-x[i]). */
    public static void sigmoidBackward(@AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            dx.set(e, dy.get(e) * logistic(v) * logistic(-v));
        }
    }

    /** 1 / (1 + e^-x) by e^-|x|, which overflows for no x. */
    static float logistic(float x) {
        float z = TornadoMath.exp(-TornadoMath.abs(x));
        float larger = 1f / (1f + z);
        return x >= 0f ? larger : z * larger;
    }
}
