// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.Quotient;

/** a / b for broadcastable shapes; da = dy / b, db = -dy a / b^2, summed over the dims that broadcasting added. */
final class DivOp {
    private DivOp() {
    }

    static Variable apply(Variable a, Variable b) {
        Broadcasting to = Broadcasting.of("div", a, b);
        return Variable.result("div", Quotient.of(to.expanded(a), to.expanded(b)), (dy, grads) -> {
            if (grads.needs(0)) {
                to.give(grads, 0, a, Quotient.of(dy, to.expanded(b)));
            }
            if (grads.needs(1)) {
                to.give(grads, 1, b, Quotient.divisorBackward(to.expanded(a), to.expanded(b), dy));
            }
        }, a, b);
    }
}
