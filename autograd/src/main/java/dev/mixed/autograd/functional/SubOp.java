// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.Elementwise;

/** a - b for broadcastable shapes; gradients sum over the dims that broadcasting added. */
final class SubOp {
    private SubOp() {
    }

    static Variable apply(Variable a, Variable b) {
        Broadcasting to = Broadcasting.of("sub", a, b);
        return Variable.result("sub", Elementwise.sub(to.expanded(a), to.expanded(b)), (dy, grads) -> {
            to.giveShared(grads, 0, a, dy);
            if (grads.needs(1)) {
                to.give(grads, 1, b, Elementwise.scale(dy, -1f));
            }
        }, a, b);
    }
}
