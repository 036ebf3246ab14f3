package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.Elementwise;

/** a - b for equal shapes. */
final class SubOp {
    private SubOp() {
    }

    static Variable apply(Variable a, Variable b) {
        return Variable.result("sub", Elementwise.sub(a.data(), b.data()), (dy, grads) -> {
            grads.addShared(0, dy);
            if (grads.needs(1)) {
                grads.add(1, Elementwise.scale(dy, -1f));
            }
        }, a, b);
    }
}
