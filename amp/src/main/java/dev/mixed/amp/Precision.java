// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import dev.mixed.engine.Device;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** In which types a model computes. Its weights, their gradients and the optimizer's moments are float in any case. */
public enum Precision {
    /** Float throughout. */
    FP32(null),
    /** Half wherever PyTorch's autocast has it, and in the residual stream too. */
    AMP(AutocastPolicy.HALF_RESIDUAL),
    /** Half exactly where PyTorch's autocast has it: the residual stream is float. */
    AMP_FLOAT_RESIDUAL(AutocastPolicy.TORCH);

    private final @Nullable AutocastPolicy policy;

    Precision(@Nullable AutocastPolicy policy) {
        this.policy = policy;
    }

    /** The name in outputs, for example {@code fp32}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Opens the scope that a forward pass and its loss belong in. */
    public Autocast scope(Device device) {
        return policy == null ? Autocast.off(device) : Autocast.on(device, policy);
    }

    /** A new scaler for training in this precision; one that does nothing for {@link #FP32}. */
    public GradScaler scaler(Device device) {
        return policy == null ? GradScaler.disabled(device) : new GradScaler(device);
    }
}
