// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The open autocast scopes of one thread, and the policy by which they change the inputs of ops. */
final class AutocastState implements InputPolicy {
    private static final ThreadLocal<AutocastState> OF_THREAD = ThreadLocal.withInitial(AutocastState::new);

    private final List<Autocast> scopes = new ArrayList<>();
    private final HalfCopies copies;
    private InputPolicy outer = InputPolicy.NONE;

    private AutocastState() {
        this(new HalfCopies());
    }

    private AutocastState(HalfCopies copies) {
        this.copies = copies;
    }

    static AutocastState ofThread() {
        return OF_THREAD.get();
    }

    void enter(Autocast scope) {
        if (scopes.isEmpty()) {
            outer = InputPolicy.install(this);
        }
        scopes.add(scope);
    }

    void leave(Autocast scope) {
        if (!scopes.contains(scope)) {
            return;
        }
        if (scopes.getLast() != scope) {
            throw new IllegalStateException("an autocast scope was closed before the scopes opened within it");
        }
        scopes.removeLast();
        if (scopes.isEmpty()) {
            copies.clear();
            InputPolicy.install(outer);
        }
    }

    /** What the innermost scope of a device says; null if there is none or it is off. */
    @Nullable
    @SuppressWarnings("ReferenceEquality") // a device is equal to itself alone
    AutocastPolicy policy(Device device) {
        for (int i = scopes.size() - 1; i >= 0; i--) {
            if (scopes.get(i).device() == device) {
                return scopes.get(i).policy();
            }
        }
        return null;
    }

    int cachedCopies() {
        return copies.size();
    }

    @Override
    public InputPolicy captured() {
        AutocastState same = new AutocastState(copies.snapshot());
        same.scopes.addAll(scopes);
        return same;
    }

    @Override
    public void parametersChanged() {
        copies.clear();
    }

    @Override
    public DType stored(String op, Device device, DType natural) {
        AutocastPolicy policy = policy(device);
        return policy != null && policy.rule(op) == OpRule.HALF_RESULT ? DType.F16 : natural;
    }

    @Override
    public Variable[] prepare(String op, @Nullable Variable... inputs) {
        return prepare(op, OpRule.FOLLOWS, inputs);
    }

    /** {@link #prepare(String, Variable...)} of an op with a rule of its own. */
    Variable[] prepare(String op, OpRule own, @Nullable Variable... inputs) {
        AutocastPolicy policy = policy(first(inputs).device());
        if (policy == null) {
            return asGiven(inputs);
        }
        return switch (policy.rule(op, own)) {
            case HALF -> all(inputs, DType.F16, policy);
            case HALF_DATA -> firstAsHalf(inputs, policy);
            case HALF_RESULT -> asGiven(inputs);
            case FLOAT -> all(inputs, DType.F32, policy);
            case WIDEST, FOLLOWS -> all(inputs, widest(inputs), policy);
            case REFUSED -> throw new IllegalStateException(op.equals("binary_cross_entropy")
                    ? op + " is unsafe to autocast: a probability near 0 or 1 rounds to it in half. Give the logits to binary_cross_entropy_with_logits"
                            + " instead, which is safe, or call it within Autocast.off on float probabilities"
                    : op + " is unsafe to autocast; call it within Autocast.off on float inputs");
        };
    }

    /** Null stays null: an op that leaves an optional input out finds nothing at its place. */
    @SuppressWarnings("NullAway") // which of its inputs may be null is for the op to know
    private static Variable[] asGiven(@Nullable Variable[] inputs) {
        return inputs;
    }

    private static Variable first(@Nullable Variable[] inputs) {
        return Objects.requireNonNull(inputs[0], "the first input of an op is not optional");
    }

    /** Null if no input is floating. */
    private static @Nullable DType widest(@Nullable Variable[] inputs) {
        DType widest = null;
        for (Variable input : inputs) {
            if (input != null && input.dtype().isFloating() && (widest == null || input.dtype().bytes() > widest.bytes())) {
                widest = input.dtype();
            }
        }
        return widest;
    }

    private Variable[] firstAsHalf(@Nullable Variable[] inputs, AutocastPolicy policy) {
        Variable[] prepared = asGiven(inputs).clone();
        prepared[0] = as(first(inputs), DType.F16, policy);
        return prepared;
    }

    private Variable[] all(@Nullable Variable[] inputs, @Nullable DType dtype, AutocastPolicy policy) {
        Variable[] prepared = asGiven(inputs).clone();
        for (int i = 0; i < inputs.length; i++) {
            Variable input = inputs[i];
            if (input != null) {
                prepared[i] = as(input, dtype, policy);
            }
        }
        return prepared;
    }

    private Variable as(Variable x, @Nullable DType dtype, AutocastPolicy policy) {
        if (dtype == null || x.dtype() == dtype || !x.dtype().isFloating()) {
            return x;
        }
        return dtype == DType.F16 ? copies.of(x, policy.weightGradientLimit()) : F.cast(x, dtype);
    }
}
