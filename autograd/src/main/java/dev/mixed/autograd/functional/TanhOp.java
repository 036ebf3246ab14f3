// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Tanh;

/** y = tanh(x); dx = dy (1 - y^2). */
final class TanhOp {
    private TanhOp() {
    }

    static Variable apply(Variable x) {
        Tensor y = Tanh.forward(x.data());
        return Variable.result("tanh", y, (dy, grads) -> grads.add(0, Tanh.backward(y, dy)), x);
    }
}
