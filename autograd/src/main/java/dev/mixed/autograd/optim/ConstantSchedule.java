// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

/**
 * Up from 0 over the warm-up, and then as it is, as {@code transformers.get_constant_schedule_with_warmup}.
 *
 * @param warmupSteps number of steps until the peak; 0 for the peak from the first step on
 * @param totalSteps  number of steps in all
 */
public record ConstantSchedule(int warmupSteps, int totalSteps) implements LRScheduler {
    public ConstantSchedule {
        WarmUp.check(warmupSteps, totalSteps);
    }

    @Override
    public float factor(int stepsTaken) {
        return stepsTaken < warmupSteps ? WarmUp.factor(stepsTaken, warmupSteps) : 1f;
    }
}
