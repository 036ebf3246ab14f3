// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.bert.config.Activation;

/** Computes the activation that a configuration names. */
final class Activations {
    private Activations() {
    }

    static Variable of(Activation activation, Variable x) {
        return switch (activation) {
            case GELU -> F.gelu(x);
            case GELU_TANH -> F.geluTanh(x);
            case RELU -> F.relu(x);
            case TANH -> F.tanh(x);
        };
    }
}
