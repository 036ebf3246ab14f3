// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a case as the op takes them.
 *
 * @param variables one for each input; null where no gradient flows
 * @param tensors   the tensors of all inputs
 * @param random    for ops that draw
 */
public record CallArguments(
        @Nullable Variable[] variables, Tensor[] tensors, RandomState random) {
    public Variable var(int index) {
        return Objects.requireNonNull(variables[index], "a case's call takes what no gradient flows to as a tensor");
    }

    public Tensor tensor(int index) {
        return tensors[index];
    }
}
