// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Cast;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Half copies of float variables, to be used again while an autocast scope is open.
 *
 * <p>Weights stay to the end of the scope, with gradients off too, so that running a model again adds nothing. Of activations only the latest
 * stays, which is enough for the projections of one hidden state: there would be no end to keeping all of them.
 */
final class HalfCopies {
    private final Map<Use, Variable> weights = new HashMap<>();
    private @Nullable Use latestUse;
    private @Nullable Variable latest;

    /**
     * The half copy of an F32 variable, made where there is none yet.
     *
     * @param gradientLimit what the gradient of a weight may reach before it counts as an overflow
     */
    Variable of(Variable x, float gradientLimit) {
        Use use = new Use(x, x.device().recording());
        if (x.isLeaf() && x.requiresGrad()) {
            x.limitGradient(gradientLimit);
            return weights.computeIfAbsent(use, HalfCopies::copy);
        }
        if (latest == null || !use.equals(latestUse)) {
            latest = copy(use);
            latestUse = use;
        }
        return latest;
    }

    /** A parameter's copy may outlive the program: a device makes it anew only where the parameter has changed. */
    private static Variable copy(Use use) {
        Tensor data = use.variable.data();
        return Variable.rounded(use.variable, use.variable instanceof Parameter ? Cast.kept(data) : Cast.to(data, DType.F16));
    }

    /** The same copies of weights, to be kept when these are cleared. */
    HalfCopies snapshot() {
        HalfCopies same = new HalfCopies();
        same.weights.putAll(weights);
        return same;
    }

    int size() {
        return weights.size();
    }

    void clear() {
        weights.clear();
        latestUse = null;
        latest = null;
    }

    /** A variable within one recording: a copy that was made in another one has no value in this. Both compare by identity. */
    private record Use(Variable variable, Object recording) {
    }
}
