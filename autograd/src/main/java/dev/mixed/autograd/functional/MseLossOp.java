// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.loss.MseLoss;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;

/** loss = mean((x - t)^2) of n elements; dx = dloss 2 (x - t) / n, dt = -dx. */
final class MseLossOp {
    private MseLossOp() {
    }

    static Variable apply(Variable x, Variable target) {
        return Variable.result("mse_loss", MseLoss.forward(x.data(), target.data()), (dy, grads) -> {
            Tensor dx = MseLoss.backward(x.data(), target.data(), dy);
            if (grads.needs(1)) {
                grads.add(1, Cast.to(Elementwise.scale(dx, -1f), target.dtype()));
            }
            grads.add(0, Cast.to(dx, x.dtype()));
        }, x, target);
    }
}
