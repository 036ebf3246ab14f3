// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.log;

import dev.mixed.train.tensorboard.EventFile;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** Writes a run into an event file: options as text, losses, learning rate, loss scale and scores as curves, gradients as histograms if asked for. */
public final class TensorBoardLog extends ScalarLog implements AutoCloseable {
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
    void scalars(long step, SequencedMap<String, Double> values) {
        values.forEach((tag, value) -> events.scalar(tag, step, value));
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
    public void close() {
        events.close();
    }
}
