// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;

/** x times a constant. */
final class ScaleOp {
    private ScaleOp() {
    }

    static Variable apply(Variable x, float factor) {
        return Variable.result("scale", Elementwise.scale(x.data(), factor), (dy, grads) -> grads.add(0, Elementwise.scale(dy, factor)), x);
    }

    /** x times a scalar that lives on the device and may change from run to run, such as a loss scale; no gradient flows to it. */
    static Variable apply(Variable x, Tensor factor) {
        return Variable.result("scale", Elementwise.scaleBy(x.data(), factor), (dy, grads) -> grads.add(0, Elementwise.scaleBy(dy, factor)), x);
    }
}
