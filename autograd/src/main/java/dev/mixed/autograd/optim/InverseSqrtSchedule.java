// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

/**
 * Up from 0 over the warm-up, then by one over the root of the number of steps, as {@code transformers.get_inverse_sqrt_schedule}: after a warm-up of
 * w steps, {@code sqrt(w / step)}.
 *
 * @param warmupSteps number of steps until the peak; without any, the fall begins as slowly as after 10000
 * @param totalSteps  number of steps in all
 */
public record InverseSqrtSchedule(int warmupSteps, int totalSteps) implements LRScheduler {
    private static final int WITHOUT_WARMUP = 10_000;

    public InverseSqrtSchedule {
        WarmUp.check(warmupSteps, totalSteps);
    }

    @Override
    public float factor(int stepsTaken) {
        if (stepsTaken < warmupSteps) {
            return WarmUp.factor(stepsTaken, warmupSteps);
        }
        int timescale = warmupSteps == 0 ? WITHOUT_WARMUP : warmupSteps;
        return (float) (1 / Math.sqrt((double) (stepsTaken + timescale - warmupSteps) / timescale));
    }
}
