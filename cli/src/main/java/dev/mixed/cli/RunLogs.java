// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.train.TrainingListener;
import dev.mixed.train.log.TensorBoardLog;
import dev.mixed.train.run.OutputFolder;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import dev.mixed.train.tensorboard.EventFile;
import java.util.ArrayList;
import java.util.List;

/** Where a run is told of beside its own files, as its options ask for. */
final class RunLogs implements AutoCloseable {
    private final List<TrainingListener> listeners = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    /**
     * Opens them.
     *
     * @param options as found from the data
     * @param done    steps that are done already
     */
    RunLogs(RunOptions options, OutputFolder folder, long done) {
        if (options.logs().tensorboard() || options.logs().tensorboardGradients()) {
            TensorBoardLog log = new TensorBoardLog(EventFile.create(folder.events(), done + 1), options.logs().tensorboardGradients());
            opened.add(log);
            listeners.add(log);
            log.options(RunOptionsIO.texts(options), done);
        }
    }

    /** These, after {@code first}. */
    TrainingListener after(TrainingListener first) {
        List<TrainingListener> all = new ArrayList<>(listeners);
        all.addFirst(first);
        return TrainingListener.of(all);
    }

    @Override
    public void close() {
        for (AutoCloseable log : opened) {
            try {
                log.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
