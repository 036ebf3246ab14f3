// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.Shape;

/** y = x weight^T + bias, with weight [out, in] and bias [out]. */
public final class Linear extends Module {
    private final Parameter weight;
    private final Parameter bias;

    /** Weights from N(0, std^2), bias 0, as BERT initialises its dense layers. */
    public Linear(Initializer init, int in, int out, float std) {
        weight = register("weight", new Parameter(init.normal(Shape.of(out, in), std)));
        bias = register("bias", new Parameter(init.constant(Shape.of(out), 0f)));
    }

    /** x [.., in] to [.., out]. */
    public Variable forward(Variable x) {
        return F.linear(x, weight, bias);
    }
}
