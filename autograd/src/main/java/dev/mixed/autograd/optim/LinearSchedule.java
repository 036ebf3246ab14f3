// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

/**
 * The learning rate as a fraction of its peak: up from 0 in a straight line over the warm-up, then down to 0 at the last step, as
 * {@code transformers.get_linear_schedule_with_warmup}.
 *
 * @param warmupSteps number of steps until the peak
 * @param totalSteps  number of steps in all
 */
public record LinearSchedule(int warmupSteps, int totalSteps) implements LRScheduler {
    public LinearSchedule {
        WarmUp.check(warmupSteps, totalSteps);
    }

    @Override
    public float factor(int stepsTaken) {
        if (stepsTaken < warmupSteps) {
            return WarmUp.factor(stepsTaken, warmupSteps);
        }
        return Math.max(0f, (float) (totalSteps - stepsTaken) / Math.max(1, totalSteps - warmupSteps));
    }
}
