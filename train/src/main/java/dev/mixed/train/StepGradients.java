// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.nn.Module;
import dev.mixed.engine.Tensor;

/** The gradients of a step, for those who watch them. */
final class StepGradients {
    private StepGradients() {
    }

    /** @param scale by which the loss of the step was multiplied */
    static void tell(Module model, long step, float scale, TrainingListener listener) {
        model.namedParameters().forEach((name, parameter) -> {
            Tensor gradient = parameter.grad();
            if (gradient != null) {
                float[] values = gradient.toFloats();
                for (int i = 0; i < values.length; i++) {
                    values[i] /= scale;
                }
                listener.gradient(step, name, values);
            }
        });
    }
}
