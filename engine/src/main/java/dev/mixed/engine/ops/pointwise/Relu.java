// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** relu(x) = max(x, 0), element by element. */
public final class Relu {
    static final KernelPair FORWARD = new KernelPair(Kernel.of("relu.f32", Relu::relu), Kernel.of("relu.f16", ReluHalf::relu)).named(Forward.class);
    static final KernelPair BACKWARD = new KernelPair(Kernel.of("relu_backward.f32", Relu::reluBackward),
            Kernel.of("relu_backward.f16", ReluHalf::reluBackward)).named(Backward.class);

    private Relu() {
    }

    /** The arguments of {@link #FORWARD}. */
    record Forward(Buffer x, Buffer y) {
    }

    /** The arguments of {@link #BACKWARD}. */
    record Backward(Buffer x, Buffer dy, Buffer dx) {
    }

    /** relu(x), F32 or F16, any shape. */
    public static Tensor forward(Tensor x) {
        OpCheck.floating("relu", x);
        Tensor y = x.emptyLike();
        FORWARD.of(x.dtype()).launch().read(x).write(y).over(x.shape().elements(), 1);
        return y;
    }

    /** dx = dy where x > 0, else 0; both of x's shape and type. */
    public static Tensor backward(Tensor x, Tensor dy) {
        OpCheck.alike("relu_backward", x, dy);
        Tensor dx = x.emptyLike();
        BACKWARD.of(x.dtype()).launch().read(x).read(dy).write(dx).over(x.shape().elements(), 1);
        return dx;
    }

    /** y[i] = max(x[i], 0). */
    public static void relu(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, Math.max(x.get(e), 0f));
        }
    }

    /** dx[i] = x[i] > 0 ? dy[i] : 0. */
    public static void reluBackward(@AlsoHalf FloatArray x, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float g = x.get(e) > 0f ? dy.get(e) : 0f;
            dx.set(e, g);
        }
    }
}
