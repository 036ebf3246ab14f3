// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

/** The time of a step to come, from the latest ones: the first steps wait for compilers and say nothing of the others. */
final class StepTimes {
    private static final int FIRST = 2;
    private static final int LATEST = 50;
    private static final int FEWEST = 5;

    private final long[] nanos = new long[LATEST];
    private long steps;

    /** Adds the time of the next step. */
    void add(long stepNanos) {
        if (steps >= FIRST) {
            nanos[(int) ((steps - FIRST) % LATEST)] = stepNanos;
        }
        steps++;
    }

    /** Whether enough steps were timed to tell. */
    boolean known() {
        return steps >= FIRST + FEWEST;
    }

    /** Seconds of a step: the mean of the latest, since texts of several lengths take turns. */
    double ofOne() {
        int count = (int) Math.min(LATEST, steps - FIRST);
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += nanos[i];
        }
        return sum / 1e9 / count;
    }
}
