// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

/**
 * Up from 0 over the warm-up, then down to 0 along half a cosine, again and again from the peak (Loshchilov and Hutter, 2017), as
 * {@code transformers.get_cosine_with_hard_restarts_schedule_with_warmup}.
 *
 * @param warmupSteps number of steps until the peak
 * @param totalSteps  number of steps in all
 * @param cycles      times that the rate falls to 0, 1 or more
 */
public record CosineWithRestartsSchedule(int warmupSteps, int totalSteps, int cycles) implements LRScheduler {
    public CosineWithRestartsSchedule {
        WarmUp.check(warmupSteps, totalSteps);
        if (cycles < 1) {
            throw new IllegalArgumentException("a cosine with restarts needs at least 1 cycle, not " + cycles);
        }
    }

    @Override
    public float factor(int stepsTaken) {
        if (stepsTaken < warmupSteps) {
            return WarmUp.factor(stepsTaken, warmupSteps);
        }
        double progress = WarmUp.progress(stepsTaken, warmupSteps, totalSteps);
        return progress >= 1 ? 0f : (float) Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (cycles * progress % 1))));
    }
}
