// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

/**
 * Up from 0 over the warm-up, then down to an end above 0 along a power of what is left: {@code (1 - end) (1 - progress)^power + end}, as
 * {@code transformers.get_polynomial_decay_schedule_with_warmup}.
 *
 * @param warmupSteps number of steps until the peak
 * @param totalSteps  number of steps in all
 * @param power       above 0; 1 is a straight line
 * @param end         the factor at the end, from 0 to below 1
 */
public record PolynomialSchedule(int warmupSteps, int totalSteps, double power, double end) implements LRScheduler {
    public PolynomialSchedule {
        WarmUp.check(warmupSteps, totalSteps);
        if (!(power > 0) || Double.isInfinite(power)) {
            throw new IllegalArgumentException("a polynomial needs a finite power above 0, not " + power);
        }
        if (!(end >= 0 && end < 1)) {
            throw new IllegalArgumentException("a polynomial ends from 0 to below 1, not at " + end);
        }
    }

    @Override
    public float factor(int stepsTaken) {
        if (stepsTaken < warmupSteps) {
            return WarmUp.factor(stepsTaken, warmupSteps);
        }
        if (stepsTaken >= totalSteps) {
            return (float) end;
        }
        return (float) ((1 - end) * Math.pow(1 - WarmUp.progress(stepsTaken, warmupSteps, totalSteps), power) + end);
    }
}
