// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of a step's batches, each computed by itself and then added to those before: ((g0 + g1) + g2) and so on. That is how a sum over ranks is
 * made, too, where backward passes that add to a gradient in place would add its parts one by one, and round otherwise.
 */
final class GradientSums {
    private final Device device;
    private final List<Tensor> gradients;
    private final List<Tensor> sums = new ArrayList<>();
    private @Nullable Program first;
    private @Nullable Program further;
    private @Nullable Program last;

    /** @param gradients that each backward pass overwrites */
    GradientSums(Device device, List<Tensor> gradients) {
        this.device = device;
        this.gradients = gradients;
    }

    /**
     * Takes up the gradients of one batch; after the last one, the gradients are their sums.
     *
     * @param index of the batch in its step
     * @param count batches of the step, here
     */
    void add(int index, int count) {
        if (count == 1) {
            return;
        }
        if (sums.isEmpty()) {
            sums.addAll(Tensor.zeros(device, gradients.stream().map(Tensor::shape).toList(), DType.F32));
        }
        if (index == 0) {
            first = first == null ? program(() -> each(sums, gradients, Elementwise::copyInto)) : first;
            first.start();
        } else if (index < count - 1) {
            further = further == null ? program(() -> each(sums, gradients, Elementwise::addInto)) : further;
            further.start();
        } else {
            last = last == null ? program(() -> each(gradients, sums, Elementwise::addInto)) : last;
            last.start();
        }
    }

    private Program program(Runnable body) {
        return Program.record(device, () -> {
            body.run();
            return List.of();
        });
    }

    @FunctionalInterface
    private interface Into {
        void apply(Tensor target, Tensor source);
    }

    private static void each(List<Tensor> targets, List<Tensor> sources, Into into) {
        for (int i = 0; i < targets.size(); i++) {
            into.apply(targets.get(i), sources.get(i));
        }
    }
}
