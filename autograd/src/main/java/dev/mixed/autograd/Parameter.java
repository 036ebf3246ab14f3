// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import dev.mixed.engine.Tensor;

/** A leaf that a module owns and an optimizer updates. */
public final class Parameter extends Variable {
    /** A parameter with this persistent tensor as its value. */
    public Parameter(Tensor data) {
        super(data);
        if (!data.buffer().persistent()) {
            throw new IllegalArgumentException("a parameter needs a persistent tensor, not the result of an op");
        }
    }

    /**
     * Freezes the parameter, or lets it be trained again, as PyTorch's {@code requires_grad_}: of what is computed from frozen parameters alone, no backward
     * pass computes anything. Not for programs that are recorded already.
     */
    public void setRequiresGrad(boolean wanted) {
        requireGrad(wanted);
    }
}
