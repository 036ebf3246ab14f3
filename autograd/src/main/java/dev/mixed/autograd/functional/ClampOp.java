// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.pointwise.Clamp;

/** min(max(x, low), high); the gradient flows where x is within the limits, which belong to it, as in PyTorch. */
final class ClampOp {
    private ClampOp() {
    }

    static Variable apply(Variable x, float low, float high) {
        return Variable.result("clamp", Clamp.forward(x.data(), low, high), (dy, grads) -> grads.add(0, Clamp.backward(x.data(), dy, low, high)), x);
    }
}
