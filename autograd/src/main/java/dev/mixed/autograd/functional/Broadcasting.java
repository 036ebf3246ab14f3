// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.InputGradients;
import dev.mixed.autograd.Variable;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.reduce.Expand;

/** What ops on two broadcastable shapes share: both inputs in the result's shape, and the way back for their gradients. */
record Broadcasting(Shape shape) {
    /** Refuses two shapes that can't be broadcast to one, naming the op. */
    static Broadcasting of(String op, Variable a, Variable b) {
        return new Broadcasting(Expand.shape(op, a.shape(), b.shape()));
    }

    /** The value of an input in the result's shape. */
    Tensor expanded(Variable x) {
        return Expand.to(x.data(), shape);
    }

    /** Gives an input the gradient of its expanded form, which nobody else holds. */
    void give(InputGradients grads, int index, Variable x, Tensor gradient) {
        if (x.shape().equals(shape)) {
            grads.add(index, gradient);
        } else {
            grads.into(index, (target, accumulate) -> Expand.sumInto(target, gradient, accumulate));
        }
    }

    /** {@link #give} of a gradient that others hold too. */
    void giveShared(InputGradients grads, int index, Variable x, Tensor gradient) {
        if (x.shape().equals(shape)) {
            grads.addShared(index, gradient);
        } else {
            give(grads, index, x, gradient);
        }
    }
}
