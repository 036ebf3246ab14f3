// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.Relu;

/** relu(x) = max(x, 0); its gradient at 0 is 0, as in PyTorch. */
final class ReluOp {
    private ReluOp() {
    }

    static Variable apply(Variable x) {
        return Variable.result("relu", Relu.forward(x.data()), (dy, grads) -> grads.add(0, Relu.backward(x.data(), dy)), x);
    }
}
