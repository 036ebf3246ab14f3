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
}
