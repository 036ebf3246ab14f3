// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.Shape;

/** Layer normalisation over the last dim, with a learned scale (starting at 1) and shift (at 0). */
public final class LayerNorm extends Module {
    private final Parameter weight;
    private final Parameter bias;
    private final float eps;

    public LayerNorm(Initializer init, int hidden, float eps) {
        weight = register("weight", new Parameter(init.constant(Shape.of(hidden), 1f)));
        bias = register("bias", new Parameter(init.constant(Shape.of(hidden), 0f)));
        this.eps = eps;
    }

    /** x [.., hidden], normalised. */
    public Variable forward(Variable x) {
        return F.layerNorm(x, weight, bias, eps);
    }
}
