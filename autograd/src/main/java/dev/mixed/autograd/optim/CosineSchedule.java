// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

/**
 * Up from 0 over the warm-up, then along a cosine: {@code max(0, (1 + cos(2 pi cycles progress)) / 2)}, as
 * {@code transformers.get_cosine_schedule_with_warmup}.
 *
 * @param warmupSteps number of steps until the peak
 * @param totalSteps  number of steps in all
 * @param cycles      waves of the cosine, above 0; half of one falls from the peak to 0
 */
public record CosineSchedule(int warmupSteps, int totalSteps, double cycles) implements LRScheduler {
    public CosineSchedule {
        WarmUp.check(warmupSteps, totalSteps);
        if (!(cycles > 0) || Double.isInfinite(cycles)) {
            throw new IllegalArgumentException("a cosine needs a finite number of cycles above 0, not " + cycles);
        }
    }

    @Override
    public float factor(int stepsTaken) {
        if (stepsTaken < warmupSteps) {
            return WarmUp.factor(stepsTaken, warmupSteps);
        }
        double progress = WarmUp.progress(stepsTaken, warmupSteps, totalSteps);
        return (float) Math.max(0, 0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress)));
    }
}
