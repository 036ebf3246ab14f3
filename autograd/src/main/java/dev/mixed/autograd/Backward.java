// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import dev.mixed.engine.Tensor;

/** The backward half of an op: from the gradient of its output to the gradients of its inputs. */
@FunctionalInterface
public interface Backward {
    /**
     * Adds each input's gradient to {@code inputs}.
     *
     * @param dy     gradient of the output, of the output's shape and type; not to be changed, nor to be kept: after this call others may add to it
     * @param inputs where the gradients go, by the inputs' positions
     */
    void apply(Tensor dy, InputGradients inputs);
}
