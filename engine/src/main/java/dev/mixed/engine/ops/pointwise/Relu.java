package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** relu(x) = max(x, 0), element by element. */
public final class Relu {
    private static final Kernel FORWARD_F32 = Kernel.of("relu.f32", Relu::relu);
    private static final Kernel FORWARD_F16 = Kernel.of("relu.f16", Relu::reluHalf);
    private static final Kernel BACKWARD_F32 = Kernel.of("relu_backward.f32", Relu::reluBackward);
    private static final Kernel BACKWARD_F16 = Kernel.of("relu_backward.f16", Relu::reluBackwardHalf);

    private Relu() {
    }

    /** relu(x), F32 or F16, any shape. */
    public static Tensor forward(Tensor x) {
        OpCheck.floating("relu", x);
        Tensor y = x.emptyLike();
        Kernel kernel = x.dtype() == DType.F16 ? FORWARD_F16 : FORWARD_F32;
        kernel.launch().read(x).write(y).over(x.shape().elements(), 1);
        return y;
    }

    /** dx = dy where x > 0, else 0; both of x's shape and type. */
    public static Tensor backward(Tensor x, Tensor dy) {
        OpCheck.alike("relu_backward", x, dy);
        Tensor dx = x.emptyLike();
        Kernel kernel = x.dtype() == DType.F16 ? BACKWARD_F16 : BACKWARD_F32;
        kernel.launch().read(x).read(dy).write(dx).over(x.shape().elements(), 1);
        return dx;
    }

    /** y[i] = max(x[i], 0). */
    public static void relu(FloatArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, Math.max(x.get(e), 0f));
        }
    }

    /** {@link #relu} on half storage. */
    public static void reluHalf(HalfFloatArray x, HalfFloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = Math.max(x.get(e).getFloat32(), 0f);
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** dx[i] = x[i] > 0 ? dy[i] : 0. */
    public static void reluBackward(FloatArray x, FloatArray dy, FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float g = x.get(e) > 0f ? dy.get(e) : 0f;
            dx.set(e, g);
        }
    }

    /** {@link #reluBackward} on half storage. */
    public static void reluBackwardHalf(HalfFloatArray x, HalfFloatArray dy, HalfFloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float g = x.get(e).getFloat32() > 0f ? dy.get(e).getFloat32() : 0f;
            HalfFloat h = new HalfFloat(g);
            dx.set(e, h);
        }
    }
}
