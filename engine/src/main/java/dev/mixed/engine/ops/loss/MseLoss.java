// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.reduce.Reduce;

/** The mean of the squared differences of two tensors. Computed in F32 whatever their type, by kernels of other ops. */
public final class MseLoss {
    private MseLoss() {
    }

    /** mean((x - target)^2), an F32 scalar; x and target F32 or F16, of one shape. */
    public static Tensor forward(Tensor x, Tensor target) {
        Tensor difference = difference(x, target);
        return Reduce.mean(Elementwise.mul(difference, difference));
    }

    /** dx = dloss 2 (x - target) / n for n elements and an F32 scalar dloss; F32, of x's shape. The target's gradient is -dx. */
    public static Tensor backward(Tensor x, Tensor target, Tensor dloss) {
        OpCheck.scalar("mse_loss", dloss);
        return Elementwise.scaleBy(Elementwise.scale(difference(x, target), 2f / x.shape().elements()), dloss);
    }

    private static Tensor difference(Tensor x, Tensor target) {
        OpCheck.floating("mse_loss", x);
        OpCheck.floating("mse_loss", target);
        OpCheck.sameShape("mse_loss", x, target);
        return Elementwise.sub(Cast.to(x, DType.F32), Cast.to(target, DType.F32));
    }
}
