// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.Silu;

/** y = x s with s = sigmoid(x); dx = dy s (1 + x (1 - s)). */
final class SiluOp {
    private SiluOp() {
    }

    static Variable apply(Variable x) {
        return Variable.result("silu", Silu.forward(x.data()), (dy, grads) -> grads.add(0, Silu.backward(x.data(), dy)), x);
    }
}
