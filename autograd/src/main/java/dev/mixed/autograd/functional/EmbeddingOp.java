// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.engine.ops.embedding.Embedding;

/** Rows of a table by index; the gradient adds each output row to the table row it came from. */
final class EmbeddingOp {
    private EmbeddingOp() {
    }

    static Variable apply(Variable weight, Tensor ids, DType stored) {
        Embedding.check(weight.data(), ids);
        InputChecks.indices("embedding", "id", ids, weight.shape().dim(0));
        return Variable.result("embedding", Embedding.forward(weight.data(), ids, stored),
                (dy, grads) -> grads.into(0, (target, accumulate) -> Embedding.backwardInto(target, ids, dy, accumulate)), weight);
    }
}
