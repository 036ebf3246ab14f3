// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.attention.Attention;
import dev.mixed.engine.ops.attention.VarlenAttention;
import dev.mixed.engine.ops.random.RandomState;
import org.jspecify.annotations.Nullable;

/** Attention of texts that stand one after the other in one row of tokens, each to itself, with dropout on the probabilities. */
final class VarlenAttentionOp {
    private VarlenAttentionOp() {
    }

    static Variable apply(Variable q, Variable k, Variable v, Tensor starts, int maxLength, int heads, float p, @Nullable RandomState random) {
        if (p > 0f && random == null) {
            throw new IllegalArgumentException("varlen_attention with a dropout probability of " + p + " needs a random state");
        }
        Tensor snapshot = random != null && p > 0f ? random.next() : null;
        Attention.Result result = VarlenAttention.forward(q.data(), k.data(), v.data(), starts, heads, maxLength, p, snapshot);
        return Variable.result("varlen_attention", result.out(), (dy, grads) -> {
            Attention.Gradients g = VarlenAttention.backward(q.data(), k.data(), v.data(), starts, heads, maxLength, p, snapshot, result, dy);
            grads.add(0, g.dq());
            grads.add(1, g.dk());
            grads.add(2, g.dv());
        }, q, k, v);
    }
}
