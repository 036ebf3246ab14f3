// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import org.jspecify.annotations.Nullable;

/**
 * Decides, op by op, in which types the inputs are computed: each op of {@code F} shows its inputs to the current policy before it runs.
 *
 * <p>A policy belongs to the thread that installed it. Without one, ops take their inputs as they are.
 */
public interface InputPolicy {
    /** Leaves all inputs as they are. */
    InputPolicy NONE = (op, inputs) -> inputs;

    /**
     * The inputs that the op gets instead.
     *
     * @param op     the op's PyTorch name, for example {@code layer_norm}
     * @param inputs the op's differentiable inputs; optional ones may be null
     * @return as many, in the same order, null only where an input is; never to be changed by the caller
     */
    Variable[] prepare(String op, @Nullable Variable... inputs);

    /**
     * The type in which an op that reads float tables stores what it read.
     *
     * @param op      the op's PyTorch name: {@code embedding}
     * @param device  where the op runs
     * @param natural the type that it has otherwise
     */
    default DType stored(String op, Device device, DType natural) {
        return natural;
    }

    /** This policy as it is now, to be installed once more after its scopes have ended: a part of a model that is computed again needs the same types. */
    default InputPolicy captured() {
        return this;
    }

    /** Told before parameters change, so that no copy of their old values is used afterwards. */
    default void parametersChanged() {
    }

    /** This thread's policy. */
    static InputPolicy current() {
        return CurrentPolicy.get();
    }

    /** Makes {@code policy} this thread's and returns the one before it. */
    static InputPolicy install(InputPolicy policy) {
        return CurrentPolicy.set(policy);
    }
}
