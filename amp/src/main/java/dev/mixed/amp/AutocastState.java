package dev.mixed.amp;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import java.util.ArrayList;
import java.util.List;

/** The open autocast scopes of one thread, and the policy by which they change the inputs of ops. */
final class AutocastState implements InputPolicy {
    private static final ThreadLocal<AutocastState> OF_THREAD = ThreadLocal.withInitial(AutocastState::new);

    private final List<Autocast> scopes = new ArrayList<>();
    private final HalfCopies copies = new HalfCopies();
    private InputPolicy outer;

    private AutocastState() {
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
    public void parametersChanged() {
        copies.clear();
    }

    @Override
    public DType stored(String op, Device device, DType natural) {
        AutocastPolicy policy = policy(device);
        return policy != null && policy.rule(op) == OpRule.HALF_RESULT ? DType.F16 : natural;
    }

    @Override
    public Variable[] prepare(String op, Variable... inputs) {
        return prepare(op, OpRule.FOLLOWS, inputs);
    }

    /** {@link #prepare(String, Variable...)} of an op with a rule of its own. */
    Variable[] prepare(String op, OpRule own, Variable... inputs) {
        AutocastPolicy policy = policy(inputs[0].device());
        if (policy == null) {
            return inputs;
        }
        return switch (policy.rule(op, own)) {
            case HALF -> all(inputs, DType.F16, policy);
            case HALF_DATA -> firstAsHalf(inputs, policy);
            case HALF_RESULT -> inputs;
            case FLOAT -> all(inputs, DType.F32, policy);
            case WIDEST, FOLLOWS -> all(inputs, widest(inputs), policy);
            case REFUSED -> throw new IllegalStateException(op.equals("binary_cross_entropy")
                    ? op + " is unsafe to autocast: a probability near 0 or 1 rounds to it in half. Give the logits to binary_cross_entropy_with_logits"
                            + " instead, which is safe, or call it within Autocast.off on float probabilities"
                    : op + " is unsafe to autocast; call it within Autocast.off on float inputs");
        };
    }

    private static DType widest(Variable[] inputs) {
        DType widest = null;
        for (Variable input : inputs) {
            if (input != null && input.dtype().isFloating() && (widest == null || input.dtype().bytes() > widest.bytes())) {
                widest = input.dtype();
            }
        }
        return widest;
    }

    private Variable[] firstAsHalf(Variable[] inputs, AutocastPolicy policy) {
        Variable[] prepared = inputs.clone();
        prepared[0] = as(inputs[0], DType.F16, policy);
        return prepared;
    }

    private Variable[] all(Variable[] inputs, DType dtype, AutocastPolicy policy) {
        Variable[] prepared = new Variable[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            prepared[i] = as(inputs[i], dtype, policy);
        }
        return prepared;
    }

    private Variable as(Variable x, DType dtype, AutocastPolicy policy) {
        if (x == null || x.dtype() == dtype || !x.dtype().isFloating()) {
            return x;
        }
        return dtype == DType.F16 ? copies.of(x, policy.weightGradientLimit()) : F.cast(x, dtype);
    }
}
