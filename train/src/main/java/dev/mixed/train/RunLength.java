// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.io.UsageException;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.ScheduleOptions;

/**
 * How long a run is.
 *
 * @param epochBatches batches of an epoch
 * @param accumulate   batches of a step, at most
 * @param epochs       epochs, of which the last may be left before its end
 * @param steps        steps in all
 */
record RunLength(int epochBatches, int accumulate, int epochs, int steps) {

    static RunLength of(int epochBatches, RunOptions options) {
        int accumulate = options.stepBatches();
        ScheduleOptions schedule = options.schedule();
        int epochSteps = Math.ceilDiv(epochBatches, accumulate);
        if (schedule.maxSteps() > 0) {
            return new RunLength(epochBatches, accumulate, Math.ceilDiv(schedule.maxSteps(), epochSteps), schedule.maxSteps());
        }
        long steps = (long) epochSteps * schedule.epochs();
        if (steps >= Integer.MAX_VALUE) {
            throw new UsageException("--epochs " + schedule.epochs() + " of " + epochSteps + " steps each are more steps than a run can have; give fewer.");
        }
        return new RunLength(epochBatches, accumulate, schedule.epochs(), (int) steps);
    }

    /** Steps of a whole epoch. */
    int epochSteps() {
        return stepsOf(epochBatches);
    }

    /** Steps of an epoch in this run: fewer than others have, perhaps, in its last one. */
    int stepsIn(int epoch) {
        return (int) Math.min(epochSteps(), steps - (long) epoch * epochSteps());
    }

    /** Steps for so many batches of an epoch. */
    int stepsOf(long batches) {
        return Math.toIntExact(Math.ceilDiv(batches, (long) accumulate));
    }
}
