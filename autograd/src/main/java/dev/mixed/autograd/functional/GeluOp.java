package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.gelu.Gelu;

/** gelu(x) = x Phi(x), exactly by erf or by the tanh approximation (Hendrycks and Gimpel, 2016). */
final class GeluOp {
    private GeluOp() {
    }

    static Variable erf(Variable x) {
        return Variable.result("gelu", Gelu.erf(x.data()), (dy, grads) -> grads.add(0, Gelu.erfBackward(x.data(), dy)), x);
    }

    static Variable tanh(Variable x) {
        return Variable.result("gelu(tanh)", Gelu.tanh(x.data()), (dy, grads) -> grads.add(0, Gelu.tanhBackward(x.data(), dy)), x);
    }
}
