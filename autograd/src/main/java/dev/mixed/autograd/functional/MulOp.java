package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.reduce.SumRows;

/** a * b, element by element, where b has a's shape or a suffix of it; da = dy * b, db = dy * a. */
final class MulOp {
    private MulOp() {
    }

    static Variable apply(Variable a, Variable b) {
        boolean same = a.shape().equals(b.shape());
        Tensor y = same ? Elementwise.mul(a.data(), b.data()) : Broadcast.mul(a.data(), b.data());
        return Variable.result("mul", y, (dy, grads) -> {
            if (grads.needs(0)) {
                grads.add(0, same ? Elementwise.mul(dy, b.data()) : Broadcast.mul(dy, b.data()));
            }
            if (grads.needs(1)) {
                Tensor product = Elementwise.mul(dy, a.data());
                if (same) {
                    grads.add(1, product);
                } else {
                    grads.into(1, (target, accumulate) -> SumRows.into(target, product, accumulate));
                }
            }
        }, a, b);
    }
}
