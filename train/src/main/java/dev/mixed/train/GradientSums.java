// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.List;

/**
 * The gradients of a step's batches, each computed by itself and then added to those before: ((g0 + g1) + g2) and so on. That is how a sum over ranks is
 * made, too, where backward passes that add to a gradient in place would add its parts one by one, and round otherwise.
 */
final class GradientSums {
    private final Program first;
    private final Program further;
    private final Program last;

    /** @param gradients that each backward pass overwrites */
    GradientSums(Device device, List<Tensor> gradients) {
        List<Tensor> sums = Tensor.zeros(device, gradients.stream().map(Tensor::shape).toList(), DType.F32);
        first = each(device, sums, gradients, Elementwise::copyInto);
        further = each(device, sums, gradients, Elementwise::addInto);
        last = each(device, gradients, sums, Elementwise::addInto);
    }

    /**
     * Takes up the gradients of one batch; after the last one, the gradients are their sums.
     *
     * @param index of the batch in its step
     * @param count batches of the step, here: more than one
     */
    void add(int index, int count) {
        (index == 0 ? first : index < count - 1 ? further : last).start();
    }

    @FunctionalInterface
    private interface Into {
        void apply(Tensor target, Tensor source);
    }

    private static Program each(Device device, List<Tensor> targets, List<Tensor> sources, Into into) {
        return Program.record(device, () -> {
            for (int i = 0; i < targets.size(); i++) {
                into.apply(targets.get(i), sources.get(i));
            }
            return List.of();
        });
    }
}
