// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomDraws;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Trades time for memory (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016), as {@code torch.utils.checkpoint}: of a part of a model only
 * the inputs are kept for the backward pass, which computes the rest again.
 */
public final class Checkpoint {
    private Checkpoint() {
    }

    /**
     * What {@code function} computes of the inputs. Nothing that it computes on the way is kept; the backward pass calls it a second time, with the same
     * random numbers and in the same types as the first, so that values and gradients are the same, bit for bit.
     *
     * @param function gives one variable, of leaves (parameters, constants) and of the variables that it is given, and those alone: it may not use others
     *                 that ops have computed
     * @param inputs   handed to it in this order
     */
    public static Variable checkpoint(Function<List<Variable>, Variable> function, Variable... inputs) {
        if (NoGrad.active()) {
            return function.apply(List.of(inputs));
        }
        RandomDraws draws = new RandomDraws();
        Tensor result;
        try (NoGrad _ = NoGrad.enter(); RandomDraws.Scope _ = draws.note()) {
            result = function.apply(List.of(inputs)).data();
        }
        Variable[] kept = inputs.clone();
        InputPolicy policy = InputPolicy.current().captured();
        return Variable.computed("checkpoint", result, (dy, gradients) -> backward(function, kept, draws, policy, dy, gradients), kept);
    }

    private static void backward(Function<List<Variable>, Variable> function, Variable[] inputs, RandomDraws draws, InputPolicy policy, Tensor dy,
            InputGradients gradients) {
        @Nullable Tensor[] found = new @Nullable Tensor[inputs.length];
        long start = Node.nextSequence();
        List<Variable> again = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            int index = i;
            // Older than all that the function computes, so its gradient is complete and nobody's else when it comes here.
            again.add(inputs[i].requiresGrad() ? Variable.computed("checkpoint", inputs[i].data(), (gradient, _) -> found[index] = gradient) : inputs[i]);
        }
        Variable result;
        InputPolicy before = InputPolicy.install(policy);
        int depth = NoGrad.suspend();
        try (RandomDraws.Scope _ = draws.repeat()) {
            result = function.apply(again);
        } finally {
            NoGrad.resume(depth);
            InputPolicy.install(before);
        }
        if (!result.shape().equals(dy.shape()) || result.dtype() != dy.dtype()) {
            throw new IllegalStateException("a checkpointed function gave " + dy.dtype() + dy.shape() + " and, computed again, " + result.data());
        }
        if (result.requiresGrad()) {
            BackwardPass.run(result.original(), dy, start);
        }
        for (int i = 0; i < inputs.length; i++) {
            Tensor gradient = found[i];
            if (gradient != null) {
                gradients.addShared(i, gradient);
            }
        }
    }
}
