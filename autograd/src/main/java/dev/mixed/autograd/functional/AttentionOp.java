// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.attention.Attention;
import dev.mixed.engine.ops.random.RandomState;
import org.jspecify.annotations.Nullable;

/** Multi-head scaled dot-product attention with an additive padding mask and dropout on the probabilities (Vaswani et al., 2017). */
final class AttentionOp {
    private AttentionOp() {
    }

    static Variable apply(Variable q, Variable k, Variable v, Tensor mask, int heads, float p, @Nullable RandomState random) {
        if (p > 0f && random == null) {
            throw new IllegalArgumentException("attention with a dropout probability of " + p + " needs a random state");
        }
        Tensor snapshot = random != null && p > 0f ? random.next() : null;
        Attention.Result result = Attention.forward(q.data(), k.data(), v.data(), mask, heads, p, snapshot);
        return Variable.result("attention", result.out(), (dy, grads) -> {
            Attention.Gradients g = Attention.backward(q.data(), k.data(), v.data(), mask, heads, p, snapshot, result, dy);
            grads.add(0, g.dq());
            grads.add(1, g.dk());
            grads.add(2, g.dv());
        }, q, k, v);
    }
}
