// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.ops.random.RandomState;

/** In training mode, zeroes elements with probability p and scales the rest by 1/(1-p); in evaluation mode, nothing. */
public final class Dropout extends Module {
    private final float p;
    private final RandomState random;

    /** @param random source of the masks, shared by all dropouts of a model */
    public Dropout(float p, RandomState random) {
        if (!(p >= 0f && p < 1f)) {
            throw new IllegalArgumentException("dropout probability must be in [0, 1), not " + p);
        }
        this.p = p;
        this.random = random;
    }

    public Variable forward(Variable x) {
        return training() ? F.dropout(x, p, random) : x;
    }
}
