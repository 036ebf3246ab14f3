// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

/** The warm-up that schedules have in common: up from 0 in a straight line. */
final class WarmUp {
    private WarmUp() {
    }

    static void check(int warmupSteps, int totalSteps) {
        if (totalSteps < 1 || warmupSteps < 0 || warmupSteps > totalSteps) {
            throw new IllegalArgumentException("a schedule needs at least 1 step and a warm-up within its steps, not " + warmupSteps + " of " + totalSteps);
        }
    }

    /** The factor for the step after so many steps of the warm-up, which are fewer than all of it. */
    static float factor(int stepsTaken, int warmupSteps) {
        return (float) stepsTaken / warmupSteps;
    }

    /** The part of the steps after the warm-up that is done, from 0 to 1. */
    static double progress(int stepsTaken, int warmupSteps, int totalSteps) {
        return (double) (stepsTaken - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
    }
}
