// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

/**
 * What a step that was just done means for those who watch.
 *
 * @param epochSteps  steps of its epoch
 * @param done        of these
 * @param sinceLogged steps since the last one that was logged
 * @param logEvery    as the options say
 */
record StepLog(int epochSteps, int done, long sinceLogged, int logEvery) {
    static StepLog of(RunState state, RunLength length, int logEvery) {
        return new StepLog(length.stepsIn(state.epoch()), length.stepsOf(state.batch()), (state.step() - 1) % logEvery + 1, logEvery);
    }

    /** An epoch of fewer steps is logged at its end: otherwise nothing would tell of its training. */
    private boolean shortEpoch() {
        return epochSteps < logEvery;
    }

    boolean logged() {
        return sinceLogged == logEvery || shortEpoch() && done == epochSteps;
    }

    /** Steps that a log is about. */
    int window() {
        return (int) (shortEpoch() ? Math.min(sinceLogged, done) : sinceLogged);
    }

    /** Whoever watches is shown an epoch's first step and its tenths. */
    boolean shown() {
        return logged() || done == 1 || done == epochSteps || 10L * done / epochSteps > 10L * (done - 1) / epochSteps;
    }
}
