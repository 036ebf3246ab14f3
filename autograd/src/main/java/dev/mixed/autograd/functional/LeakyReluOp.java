// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.LeakyRelu;

/** x where it is positive, else slope x; its gradient at 0 is the slope, as in PyTorch. */
final class LeakyReluOp {
    private LeakyReluOp() {
    }

    static Variable apply(Variable x, float slope) {
        return Variable.result("leaky_relu", LeakyRelu.forward(x.data(), slope),
                (dy, grads) -> grads.add(0, LeakyRelu.backward(x.data(), dy, slope)), x);
    }
}
