package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** tanh(x), element by element. */
public final class Tanh {
    private static final Kernel FORWARD_F32 = Kernel.of("tanh.f32", Tanh::tanhOf);
    private static final Kernel FORWARD_F16 = Kernel.of("tanh.f16", Tanh::tanhHalf);
    private static final Kernel BACKWARD_F32 = Kernel.of("tanh_backward.f32", Tanh::tanhBackward);
    private static final Kernel BACKWARD_F16 = Kernel.of("tanh_backward.f16", Tanh::tanhBackwardHalf);

    private Tanh() {
    }

    /** tanh(x), F32 or F16, any shape. */
    public static Tensor forward(Tensor x) {
        OpCheck.floating("tanh", x);
        Tensor y = x.emptyLike();
        (Elementwise.isHalf(x) ? FORWARD_F16 : FORWARD_F32).launch().read(x).write(y).over(x.shape().elements(), 40);
        return y;
    }

    /** dx = dy (1 - y^2) from the forward result y; both of one shape and type. */
    public static Tensor backward(Tensor y, Tensor dy) {
        OpCheck.alike("tanh_backward", y, dy);
        Tensor dx = y.emptyLike();
        (Elementwise.isHalf(y) ? BACKWARD_F16 : BACKWARD_F32).launch().read(y).read(dy).write(dx).over(y.shape().elements(), 2);
        return dx;
    }

    /** y[i] = tanh(x[i]). */
    public static void tanhOf(FloatArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, TornadoMath.tanh(x.get(e)));
        }
    }

    /** {@link #tanhOf} on half storage. */
    public static void tanhHalf(HalfFloatArray x, HalfFloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = TornadoMath.tanh(x.get(e).getFloat32());
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** dx[i] = dy[i] (1 - y[i]^2). */
    public static void tanhBackward(FloatArray y, FloatArray dy, FloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float t = y.get(e);
            dx.set(e, dy.get(e) * (1f - t * t));
        }
    }

    /** {@link #tanhBackward} on half storage. */
    public static void tanhBackwardHalf(HalfFloatArray y, HalfFloatArray dy, HalfFloatArray dx, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float t = y.get(e).getFloat32();
            float v = dy.get(e).getFloat32() * (1f - t * t);
            HalfFloat h = new HalfFloat(v);
            dx.set(e, h);
        }
    }
}
