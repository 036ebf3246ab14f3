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

/** tanh(x), element by element. */
public final class Tanh {
    private static final KernelPair FORWARD = new KernelPair(Kernel.of("tanh.f32", Tanh::tanhOf), Kernel.of("tanh.f16", TanhHalf::tanhOf));
    private static final KernelPair BACKWARD = new KernelPair(Kernel.of("tanh_backward.f32", Tanh::tanhBackward),
            Kernel.of("tanh_backward.f16", TanhHalf::tanhBackward));

    private Tanh() {
    }

    /** tanh(x), F32 or F16, any shape. */
    public static Tensor forward(Tensor x) {
        OpCheck.floating("tanh", x);
        Tensor y = x.emptyLike();
        FORWARD.of(x.dtype()).launch().read(x).write(y).over(x.shape().elements(), 40);
        return y;
    }

    /** dx = dy (1 - y^2) from the forward result y; both of one shape and type. */
    public static Tensor backward(Tensor y, Tensor dy) {
        OpCheck.alike("tanh_backward", y, dy);
        Tensor dx = y.emptyLike();
        BACKWARD.of(y.dtype()).launch().read(y).read(dy).write(dx).over(y.shape().elements(), 2);
        return dx;
    }

    /** y[i] = tanh(x[i]). */
    public static void tanhOf(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, TornadoMath.tanh(x.get(e)));
        }
    }

    /** dx[i] = dy[i] (1 - y[i]^2). */
    public static void tanhBackward(@AlsoHalf FloatArray y, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float t = y.get(e);
            dx.set(e, dy.get(e) * (1f - t * t));
        }
    }
}
