// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells several listeners of one run, each in turn. */
record TrainingListeners(List<TrainingListener> all) implements TrainingListener {
    TrainingListeners {
        all = List.copyOf(all);
    }

    @Override
    public void epochStarted(int epoch, int batches, int done) {
        all.forEach(listener -> listener.epochStarted(epoch, batches, done));
    }

    @Override
    public void step(int texts, double loss) {
        all.forEach(listener -> listener.step(texts, loss));
    }

    @Override
    public void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
        all.forEach(listener -> listener.logged(step, epoch, loss, lr, scale));
    }

    @Override
    public boolean readsGradients() {
        return all.stream().anyMatch(TrainingListener::readsGradients);
    }

    @Override
    public void gradient(long step, String parameter, float[] values) {
        all.stream().filter(TrainingListener::readsGradients).forEach(listener -> listener.gradient(step, parameter, values));
    }

    @Override
    public void epochTrained() {
        all.forEach(TrainingListener::epochTrained);
    }

    @Override
    public void epochScored(EpochResult result) {
        all.forEach(listener -> listener.epochScored(result));
    }

    @Override
    public void testScored(long step, double epoch, Evaluation evaluation) {
        all.forEach(listener -> listener.testScored(step, epoch, evaluation));
    }
}
