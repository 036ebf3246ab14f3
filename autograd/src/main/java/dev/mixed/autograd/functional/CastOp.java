// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.ops.pointwise.Cast;

/** The same values in another floating type; the gradient is cast back. */
final class CastOp {
    private CastOp() {
    }

    static Variable apply(Variable x, DType dtype) {
        if (x.dtype() == dtype) {
            return x;
        }
        DType from = x.dtype();
        return Variable.result("cast", Cast.to(x.data(), dtype), (dy, grads) -> grads.add(0, Cast.to(dy, from)), x);
    }
}
