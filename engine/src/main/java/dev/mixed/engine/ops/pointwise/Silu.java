// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** SiLU, x sigmoid(x), element by element: also known as swish (Ramachandran et al., 2017, arXiv:1710.05941). */
public final class Silu {
    private static final KernelPair FORWARD = new KernelPair(Kernel.of("silu.f32", Silu::siluOf), Kernel.of("silu.f16", SiluHalf::siluOf));
    private static final KernelPair BACKWARD = new KernelPair(Kernel.of("silu_backward.f32", Silu::siluBackward),
            Kernel.of("silu_backward.f16", SiluHalf::siluBackward));

    private Silu() {
    }

    /** x sigmoid(x), F32 or F16, any shape. */
    public static Tensor forward(Tensor x) {
        OpCheck.floating("silu", x);
        Tensor y = x.emptyLike();
        FORWARD.of(x.dtype()).launch().read(x).write(y).over(x.shape().elements(), 20);
        return y;
    }

    /** dx = dy s (1 + x (1 - s)) with s = sigmoid(x); both of x's shape and type. */
    public static Tensor backward(Tensor x, Tensor dy) {
        OpCheck.alike("silu_backward", x, dy);
        Tensor dx = x.emptyLike();
        BACKWARD.of(x.dtype()).launch().read(x).read(dy).write(dx).over(x.shape().elements(), 25);
        return dx;
    }

    /** y[i] = x[i] sigmoid(x[i]). */
    public static void siluOf(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            y.set(e, v * Sigmoid.logistic(v));
        }
    }

    /** dx[i] = dy[i] s (1 + x[i] (1 - s)) with s = sigmoid(x[i]). */
    public static void siluBackward(@AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            float s = Sigmoid.logistic(v);
            dx.set(e, dy.get(e) * s * (1f + v * Sigmoid.logistic(-v)));
        }
    }
}
