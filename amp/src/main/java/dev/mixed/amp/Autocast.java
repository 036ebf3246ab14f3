// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.engine.Device;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A scope in which ops choose the type they compute in, as {@code torch.autocast}: {@code try (var a = Autocast.on(device)) { ... }}.
 *
 * <p>Scopes nest, the innermost of a device counts, and each holds for the thread that opened it. Weights are rounded to half once per outermost
 * scope, not once per use. Forward pass and loss belong inside, the backward pass and the optimizer's step outside.
 */
public final class Autocast implements AutoCloseable {
    private final Device device;
    private final @Nullable AutocastPolicy policy;
    private final AutocastState state;

    private Autocast(Device device, @Nullable AutocastPolicy policy) {
        this.device = Objects.requireNonNull(device);
        this.policy = policy;
        this.state = AutocastState.ofThread();
        state.enter(this);
    }

    /** Opens a scope for ops on {@code device} with PyTorch's lists. */
    public static Autocast on(Device device) {
        return on(device, AutocastPolicy.TORCH);
    }

    /** Opens a scope for ops on {@code device}. */
    public static Autocast on(Device device, AutocastPolicy policy) {
        return new Autocast(device, Objects.requireNonNull(policy));
    }

    /** Opens a scope within which ops on {@code device} take their inputs as they are, as outside of all scopes. */
    public static Autocast off(Device device) {
        return new Autocast(device, null);
    }

    /** Whether ops on {@code device}, in this thread, choose their types now. */
    public static boolean isEnabled(Device device) {
        return InputPolicy.current() instanceof AutocastState state && state.policy(device) != null;
    }

    /**
     * The inputs of an op that brings its own rule, as {@code torch.amp.custom_fwd(cast_inputs=...)}: {@code prepare("my_op", OpRule.HALF, x, weight)}.
     * A policy that has a rule for the op goes before; outside of all scopes, inputs stay as they are.
     *
     * @param op     the op's name, the same as in {@link Variable#result}
     * @param rule   what policies without a rule for it go by
     * @param inputs the op's differentiable inputs; optional ones may be null
     * @return as many, in the same order, null only where an input is
     */
    public static Variable[] prepare(String op, OpRule rule, @Nullable Variable... inputs) {
        return InputPolicy.current() instanceof AutocastState state ? state.prepare(op, rule, inputs) : InputPolicy.current().prepare(op, inputs);
    }

    Device device() {
        return device;
    }

    /** Null if the scope turns autocast off. */
    @Nullable
    AutocastPolicy policy() {
        return policy;
    }

    /** Ends the scope; in the thread that opened it, and after all scopes within it. A second call does nothing. */
    @Override
    public void close() {
        if (AutocastState.ofThread() != state) {
            throw new IllegalStateException("an autocast scope must be closed by the thread that opened it");
        }
        state.leave(this);
    }
}
