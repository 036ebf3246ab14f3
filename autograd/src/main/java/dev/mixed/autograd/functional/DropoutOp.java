// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;

/** Zeroes elements with probability p and scales the others by 1/(1-p); the backward recomputes the mask from the random snapshot. */
final class DropoutOp {
    private DropoutOp() {
    }

    static Variable apply(Variable x, float p, RandomState random) {
        if (!(p >= 0f && p <= 1f)) {
            throw new IllegalArgumentException("dropout probability must be in [0, 1], not " + p);
        }
        if (p == 0f) {
            return x;
        }
        if (random == null) {
            throw new IllegalArgumentException("dropout with a probability of " + p + " needs a random state");
        }
        Tensor snapshot = random.next();
        return Variable.result("dropout", Dropout.apply(x.data(), p, snapshot), (dy, grads) -> grads.add(0, Dropout.apply(dy, p, snapshot)), x);
    }
}
