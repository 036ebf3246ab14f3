// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.train.TrainingListener;
import dev.mixed.train.log.MlflowLog;
import dev.mixed.train.log.TensorBoardLog;
import dev.mixed.train.mlflow.TrackingServer;
import dev.mixed.train.run.LogOptions;
import dev.mixed.train.run.OutputFolder;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import dev.mixed.train.tensorboard.EventFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Where a run is told of beside its own files, as its options ask for. */
final class RunLogs implements AutoCloseable {
    private final List<TrainingListener> listeners = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Optional<MlflowLog> mlflow;

    /**
     * Opens them.
     *
     * @param options as found from the data
     * @param server  MLflow's, if the options name one
     * @param done    steps that are done already
     * @param user    told what can't be told elsewhere
     */
    RunLogs(RunOptions options, Optional<TrackingServer> server, OutputFolder folder, long done, Consumer<String> user) {
        if (options.logs().tensorboard() || options.logs().tensorboardGradients()) {
            TensorBoardLog log = new TensorBoardLog(EventFile.create(folder.events(), done + 1), options.logs().tensorboardGradients());
            opened.add(log);
            listeners.add(log);
            log.options(RunOptionsIO.texts(options), done);
        }
        mlflow = server.map(known -> new MlflowLog(known, runName(folder.path().toAbsolutePath().normalize()), RunOptionsIO.texts(options),
                folder.mlflow(), user));
        mlflow.ifPresent(listeners::add);
        mlflow.ifPresent(opened::add);
    }

    /** The folder's; of one of several runs, also that of the folder around it. */
    private static String runName(Path folder) {
        Path parent = folder.getParent();
        return parent != null && RunOptionsIO.isRun(parent) ? parent.getFileName() + "/" + folder.getFileName() : String.valueOf(folder.getFileName());
    }

    /** The server that options name; a {@link dev.mixed.io.UsageException} where there can be none. */
    static Optional<TrackingServer> server(RunOptions options) {
        LogOptions logs = options.logs();
        return Optional.ofNullable(logs.mlflow()).map(address -> TrackingServer.of(address, logs.mlflowExperiment(), System.getenv()));
    }

    /** The run is complete. */
    void finished() {
        mlflow.ifPresent(MlflowLog::finished);
    }

    /** The run was stopped, and may be resumed. */
    void stopped() {
        mlflow.ifPresent(MlflowLog::stopped);
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
