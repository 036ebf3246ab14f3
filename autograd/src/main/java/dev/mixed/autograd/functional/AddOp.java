package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.reduce.SumRows;

/** a + b, where b has a's shape or a suffix of it (a bias, a position table). */
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
        return Variable.result("add", Broadcast.add(a.data(), b.data()), (dy, grads) -> {
            grads.addShared(0, dy);
            grads.into(1, (target, accumulate) -> SumRows.into(target, dy, accumulate));
        }, a, b);
    }
}
