// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Dropout (Srivastava et al., 2014), scaled in training: each element is zeroed with probability p, and the others are divided by 1 - p.
 *
 * <p>Which elements stay is a function of a random snapshot and the element's index, so no mask is stored: the backward pass is the same
 * call on the gradient.
 */
public final class Dropout {
    /** y = dropout(x). */
    public static final KernelPair APPLY = new KernelPair(Kernel.of("dropout.f32", Dropout::dropout, () -> DropoutVector::dropout),
            Kernel.of("dropout.f16", DropoutHalf::dropout, () -> DropoutVector::dropoutHalf)).named(Arguments.class);

    private Dropout() {
    }

    /** The arguments of {@link #APPLY}; see {@link Philox#keepThreshold} and {@link Philox#keepScale}. */
    public record Arguments(Buffer x, Buffer snapshot, Buffer y, int threshold, float scale) {
    }

    /**
     * Forward on x, or backward on dy.
     *
     * @param x        F32 or F16, any shape
     * @param p        probability of zeroing, 0 to 1
     * @param snapshot I32 [4] from {@link RandomState#next}
     */
    public static Tensor apply(Tensor x, float p, Tensor snapshot) {
        OpCheck.floating("dropout", x);
        snapshot.require("dropout", DType.I32).require("dropout", Shape.of(4));
        Tensor y = x.emptyLike();
        APPLY.of(x.dtype()).launch().read(x).read(snapshot).write(y).ints(Philox.keepThreshold(p)).floats(Philox.keepScale(p))
                .over(x.shape().elements(), 30);
        return y;
    }

    /** y[i] = x[i] * (keep(i) ? scale : 0). */
    public static void dropout(@AlsoHalf FloatArray x, IntArray snapshot, @AlsoHalf FloatArray y, int threshold, float scale, int from, int count) {
        int seedLo = snapshot.get(0);
        int seedHi = snapshot.get(1);
        int counterLo = snapshot.get(2);
        int counterHi = snapshot.get(3);
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float factor = 0f;
            if (Philox.keep(seedLo, seedHi, counterLo, counterHi, e, threshold)) {
                factor = scale;
            }
            y.set(e, x.get(e) * factor);
        }
    }
}
