package dev.mixed.bert.train;

import dev.mixed.bert.data.Batch;

/** Told what happens in a run. */
public interface TrainingListener {
    /**
     * A step is done.
     *
     * @param epoch 1 for the first
     * @param step  steps since the start of the run
     * @param loss  mean loss of the batch
     * @param lr    learning rate of the step
     */
    void step(int epoch, long step, Batch batch, double loss, double lr);

    /** An epoch is done and its checkpoint saved. */
    void epoch(EpochResult result);
}
