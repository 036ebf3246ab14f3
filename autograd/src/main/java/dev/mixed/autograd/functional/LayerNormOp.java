// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.reduce.SumRows;

/** Layer normalisation over the last dim (Ba et al., 2016): y = (x - mean) / sqrt(var + eps) * gamma + beta. */
final class LayerNormOp {
    private LayerNormOp() {
    }

    static Variable apply(Variable x, Variable gamma, Variable beta, float eps) {
        LayerNorm.Result result = LayerNorm.forward(x.data(), gamma.data(), beta.data(), eps);
        return Variable.result("layer_norm", result.y(), (dy, grads) -> {
            if (grads.needs(0)) {
                grads.add(0, LayerNorm.backward(x.data(), gamma.data(), result, dy));
            }
            if (grads.needs(1)) {
                grads.into(1, (target, accumulate) -> LayerNorm.backwardGammaInto(target, x.data(), result, dy, accumulate));
            }
            grads.into(2, (target, accumulate) -> SumRows.into(target, dy, accumulate));
        }, x, gamma, beta);
    }
}
