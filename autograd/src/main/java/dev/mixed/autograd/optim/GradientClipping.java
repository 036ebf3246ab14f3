// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import dev.mixed.autograd.Parameter;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Clips gradients by the L2 norm over all of them, as {@code torch.nn.utils.clip_grad_norm_}. */
public final class GradientClipping {
    private GradientClipping() {
    }

    /** The L2 norm of all gradients together, an F32 scalar on the device. */
    public static Tensor globalNorm(Collection<? extends Parameter> parameters) {
        List<Tensor> gradients = new ArrayList<>();
        for (Parameter p : parameters) {
            if (p.grad() != null) {
                gradients.add(p.grad());
            }
        }
        if (gradients.isEmpty()) {
            throw new IllegalStateException("no parameter has a gradient to clip; call backward() first");
        }
        return Optim.norm(gradients);
    }

    /**
     * The factor that brings a norm down to a limit: min(1, maxNorm / (norm + 1e-6)), on the device. Given to
     * {@link Optimizer#step(Tensor)}, it clips without a pass of its own over the gradients.
     */
    public static Tensor coefficient(Tensor norm, float maxNorm) {
        if (!(maxNorm > 0f)) {
            throw new IllegalArgumentException("the largest norm must be above 0, not " + maxNorm);
        }
        return Optim.clipCoefficient(norm, maxNorm);
    }

    /** Scales the gradients themselves; returns their norm before that. */
    public static Tensor clip(Collection<? extends Parameter> parameters, float maxNorm) {
        Tensor norm = globalNorm(parameters);
        Tensor factor = coefficient(norm, maxNorm);
        for (Parameter p : parameters) {
            if (p.grad() != null) {
                Elementwise.scaleInPlace(p.grad(), factor);
            }
        }
        return norm;
    }
}
