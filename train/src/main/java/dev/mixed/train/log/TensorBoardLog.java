// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.log;

import dev.mixed.train.EpochResult;
import dev.mixed.train.Evaluation;
import dev.mixed.train.LossScale;
import dev.mixed.train.TrainingListener;
import dev.mixed.train.tensorboard.EventFile;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes a run into an event file: options as text, losses, learning rate, loss scale and scores as curves, gradients as histograms if asked for. */
public final class TensorBoardLog implements TrainingListener, AutoCloseable {
    private final EventFile events;
    private final boolean gradients;

    /**
     * @param events    is closed with this log
     * @param gradients whether histograms of each parameter's gradient are written for the steps that are logged
     */
    public TensorBoardLog(EventFile events, boolean gradients) {
        this.events = events;
        this.gradients = gradients;
    }

    /** Writes the options of the run, as a table. */
    public void options(Map<String, ?> options, long step) {
        events.text("options", step, options.entrySet().stream().map(option -> "| " + cell(option.getKey()) + " | " + cell(option.getValue()) + " |\n")
                .collect(Collectors.joining("", "| option | value |\n|---|---|\n", "")));
    }

    private static String cell(Object value) {
        return value.toString().replace("|", "\\|").replaceAll("\\R", " ");
    }

    @Override
    public void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
        finite("train/loss", step, loss);
        events.scalar("train/learning_rate", step, lr);
        events.scalar("train/epoch", step, epoch);
        if (scale != null) {
            events.scalar("train/loss_scale", step, scale.scale());
            events.scalar("train/skipped_steps", step, scale.skips());
        }
    }

    @Override
    public boolean readsGradients() {
        return gradients;
    }

    @Override
    public void gradient(long step, String parameter, float[] values) {
        events.histogram("gradients/" + parameter, step, values);
    }

    @Override
    public void epochScored(EpochResult result) {
        scores("validation", result.step(), result.validation());
    }

    @Override
    public void testScored(long step, int epoch, Evaluation evaluation) {
        scores("test", step, evaluation);
    }

    private void scores(String split, long step, Evaluation evaluation) {
        finite(split + "/loss", step, evaluation.loss());
        evaluation.scores().all().forEach((name, score) -> finite(split + "/" + name, step, score));
    }

    /** A score that is no number is no point of a curve. */
    private void finite(String tag, long step, double value) {
        if (Double.isFinite(value)) {
            events.scalar(tag, step, value);
        }
    }

    @Override
    public void close() {
        events.close();
    }
}
