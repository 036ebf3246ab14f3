// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import java.util.function.IntToDoubleFunction;

/**
 * The learning rate over the steps of a training, as a factor of its peak: what {@code torch.optim.lr_scheduler.LambdaLR} is given.
 *
 * <p>{@link Optimizer#setSchedule} takes up all factors at once, so that each step finds its own on the device.
 */
public interface LRScheduler {
    /** The number of steps, 0 or more, after which the factor stays as it is then. */
    int totalSteps();

    /** The factor, 0 or more, for the step that follows {@code stepsTaken} steps, for 0 to {@link #totalSteps} of them. */
    float factor(int stepsTaken);

    /** A schedule by a function of the number of steps taken. */
    static LRScheduler lambda(int totalSteps, IntToDoubleFunction factor) {
        return new LRScheduler() {
            @Override
            public int totalSteps() {
                return totalSteps;
            }

            @Override
            public float factor(int stepsTaken) {
                return (float) factor.applyAsDouble(stepsTaken);
            }
        };
    }
}
