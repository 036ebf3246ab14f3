// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.gelu.Gelu;

/** gelu(x) = x Phi(x), exactly by erf or by the tanh approximation (Hendrycks and Gimpel, 2016). */
final class GeluOp {
    private GeluOp() {
    }

    static Variable erf(Variable x) {
        return Variable.result("gelu", Gelu.exact(x.data()), (dy, grads) -> grads.add(0, Gelu.exactBackward(x.data(), dy)), x);
    }

    static Variable tanh(Variable x) {
        return Variable.result("gelu(tanh)", Gelu.tanhApproximation(x.data()), (dy, grads) -> grads.add(0, Gelu.tanhApproximationBackward(x.data(), dy)), x);
    }
}
