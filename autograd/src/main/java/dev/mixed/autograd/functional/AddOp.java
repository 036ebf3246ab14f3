// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.reduce.SumRows;

/** a + b for broadcastable shapes; gradients sum over the dims that broadcasting added. A bias, whose shape a's ends in, has kernels of its own. */
final class AddOp {
    private AddOp() {
    }

    static Variable apply(Variable a, Variable b) {
        if (a.shape().equals(b.shape())) {
            return Variable.result("add", Elementwise.add(a.data(), b.data()), (dy, grads) -> {
                grads.addShared(0, dy);
                grads.addShared(1, dy);
            }, a, b);
        }
        if (OpCheck.isSuffix(a.shape(), b.shape())) {
            return Variable.result("add", Broadcast.add(a.data(), b.data()), (dy, grads) -> {
                grads.addShared(0, dy);
                grads.into(1, (target, accumulate) -> SumRows.into(target, dy, accumulate));
            }, a, b);
        }
        Broadcasting to = Broadcasting.of("add", a, b);
        return Variable.result("add", Elementwise.add(to.expanded(a), to.expanded(b)), (dy, grads) -> {
            to.giveShared(grads, 0, a, dy);
            to.giveShared(grads, 1, b, dy);
        }, a, b);
    }
}
