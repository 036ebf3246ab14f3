// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** a / b of tensors of one shape, element by element, as IEEE 754 has it: infinities and NaN where b is 0. */
public final class Quotient {
    private static final KernelPair FORWARD = new KernelPair(Kernel.of("div.f32", Quotient::quotients), Kernel.of("div.f16", QuotientHalf::quotients));
    private static final KernelPair DIVISOR_BACKWARD = new KernelPair(Kernel.of("div_backward.f32", Quotient::divisorGradients),
            Kernel.of("div_backward.f16", QuotientHalf::divisorGradients));

    private Quotient() {
    }

    /** a / b, both F32 or both F16, of one shape. Of a gradient dy, it is da = dy / b too. */
    public static Tensor of(Tensor a, Tensor b) {
        OpCheck.alike("div", a, b);
        Tensor y = a.emptyLike();
        FORWARD.of(a.dtype()).launch().read(a).read(b).write(y).over(a.shape().elements(), 2);
        return y;
    }

    /** db = -dy a / b / b; all of one shape and type. */
    public static Tensor divisorBackward(Tensor a, Tensor b, Tensor dy) {
        OpCheck.alike("div_backward", a, b);
        OpCheck.alike("div_backward", a, dy);
        Tensor db = b.emptyLike();
        DIVISOR_BACKWARD.of(a.dtype()).launch().read(a).read(b).read(dy).write(db).over(a.shape().elements(), 4);
        return db;
    }

    /** y[i] = a[i] / b[i]. */
    public static void quotients(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, a.get(e) / b.get(e));
        }
    }

    /** db[i] = -dy[i] (a[i] / b[i] / b[i]): b^2 might overflow. */
    public static void divisorGradients(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray db, int from,
            int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float d = b.get(e);
            db.set(e, -dy.get(e) * (a.get(e) / d / d));
        }
    }
}
