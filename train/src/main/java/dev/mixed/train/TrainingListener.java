// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.List;
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

    /** Whether {@link #gradient} is to be told; reading gradients takes time, so ask for it only where it is of use. */
    default boolean readsGradients() {
        return false;
    }

    /**
     * A gradient of a step that was {@link #logged}, of the mean loss over the step's texts, before clipping; told of where {@link #readsGradients}.
     *
     * @param step      steps since the start of the run
     * @param parameter name of the parameter
     * @param values    its gradient; infinite or no numbers where mixed precision left the step out
     */
    default void gradient(long step, String parameter, float[] values) {
    }

    /** Training pauses, at the end of an epoch or for scoring within one. */
    default void epochTrained() {
    }

    /** The model is scored, at the end of an epoch or within one, and its checkpoint is about to be saved. */
    default void epochScored(EpochResult result) {
    }

    /**
     * The run is complete, and its best model is scored on the test texts; told by who has it scored, not by the trainer.
     *
     * @param step  step after which that model was saved
     * @param epoch epochs done by then, with a fraction within an epoch
     */
    default void testScored(long step, double epoch, Evaluation evaluation) {
    }

    /** Tells all of these, in this order. */
    static TrainingListener of(List<? extends TrainingListener> listeners) {
        return new TrainingListeners(List.copyOf(listeners));
    }
}
