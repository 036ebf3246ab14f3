// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import org.jspecify.annotations.Nullable;

/** Told what happens in a run; override what is of interest, the rest does nothing. */
public interface TrainingListener {
    /**
     * An epoch begins, or goes on after the run was resumed or scored.
     *
     * @param epoch 1 for the first
     * @param steps of the epoch
     * @param done  those of them that are done
     */
    default void epochStarted(int epoch, int steps, int done) {
    }

    /**
     * A step is done.
     *
     * @param texts texts in its batch
     * @param loss  mean loss since the model was scored last, up to where losses were last read, which is after an epoch's first step and at its tenths, and else as often as it
     *              costs no time
     */
    default void step(int texts, double loss) {
    }

    /**
     * As many steps as the log interval are done.
     *
     * @param step  steps since the start of the run
     * @param epoch epochs done, with a fraction within an epoch
     * @param loss  mean loss over the texts of these steps
     * @param lr    learning rate of the last one
     * @param scale how the loss is scaled, and what was skipped among these steps; null without mixed precision
     */
    default void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
    }

    /** Training pauses, at the end of an epoch or for scoring within one. */
    default void epochTrained() {
    }

    /** The model is scored, at the end of an epoch or within one, and its checkpoint is about to be saved. */
    default void epochScored(EpochResult result) {
    }
}
