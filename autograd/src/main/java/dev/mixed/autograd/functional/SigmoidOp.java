// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.Sigmoid;

/** y = 1 / (1 + e^-x); dx = dy sigmoid(x) sigmoid(-x). */
final class SigmoidOp {
    private SigmoidOp() {
    }

    static Variable apply(Variable x) {
        return Variable.result("sigmoid", Sigmoid.forward(x.data()), (dy, grads) -> grads.add(0, Sigmoid.backward(x.data(), dy)), x);
    }
}
