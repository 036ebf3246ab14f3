// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.reduce.SumRows;

/**
 * a * b for broadcastable shapes; da = dy * b, db = dy * a, summed over the dims that broadcasting added. A factor whose shape a's ends in has kernels
 * of its own.
 */
final class MulOp {
    private MulOp() {
    }

    static Variable apply(Variable a, Variable b) {
        if (!a.shape().equals(b.shape()) && OpCheck.isSuffix(a.shape(), b.shape())) {
            return byRows(a, b);
        }
        Broadcasting to = Broadcasting.of("mul", a, b);
        return Variable.result("mul", Elementwise.mul(to.expanded(a), to.expanded(b)), (dy, grads) -> {
            if (grads.needs(0)) {
                to.give(grads, 0, a, Elementwise.mul(dy, to.expanded(b)));
            }
            if (grads.needs(1)) {
                to.give(grads, 1, b, Elementwise.mul(dy, to.expanded(a)));
            }
        }, a, b);
    }

    private static Variable byRows(Variable a, Variable b) {
        return Variable.result("mul", Broadcast.mul(a.data(), b.data()), (dy, grads) -> {
            if (grads.needs(0)) {
                grads.add(0, Broadcast.mul(dy, b.data()));
            }
            if (grads.needs(1)) {
                Tensor product = Elementwise.mul(dy, a.data());
                grads.into(1, (target, accumulate) -> SumRows.into(target, product, accumulate));
            }
        }, a, b);
    }
}
