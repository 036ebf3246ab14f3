// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** x where it is positive, else x times a constant slope; element by element. NaN stays NaN. */
public final class LeakyRelu {
    private static final KernelPair FORWARD = new KernelPair(Kernel.of("leaky_relu.f32", LeakyRelu::leakyRelu),
            Kernel.of("leaky_relu.f16", LeakyReluHalf::leakyRelu));
    private static final KernelPair BACKWARD = new KernelPair(Kernel.of("leaky_relu_backward.f32", LeakyRelu::leakyReluBackward),
            Kernel.of("leaky_relu_backward.f16", LeakyReluHalf::leakyReluBackward));

    private LeakyRelu() {
    }

    /** x > 0 ? x : slope x, F32 or F16, any shape; the slope is a constant of the launch. */
    public static Tensor forward(Tensor x, float slope) {
        OpCheck.floating("leaky_relu", x);
        Tensor y = x.emptyLike();
        FORWARD.of(x.dtype()).launch().read(x).write(y).floats(slope).over(x.shape().elements(), 1);
        return y;
    }

    /** dx = x > 0 ? dy : slope dy; both of x's shape and type. */
    public static Tensor backward(Tensor x, Tensor dy, float slope) {
        OpCheck.alike("leaky_relu_backward", x, dy);
        Tensor dx = x.emptyLike();
        BACKWARD.of(x.dtype()).launch().read(x).read(dy).write(dx).floats(slope).over(x.shape().elements(), 1);
        return dx;
    }

    /** y[i] = x[i] > 0 ? x[i] : slope x[i]. */
    public static void leakyRelu(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, float slope, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            y.set(e, v > 0f ? v : v * slope);
        }
    }

    /** dx[i] = x[i] > 0 ? dy[i] : slope dy[i]. */
    public static void leakyReluBackward(@AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, float slope, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float g = dy.get(e);
            dx.set(e, x.get(e) > 0f ? g : g * slope);
        }
    }
}
