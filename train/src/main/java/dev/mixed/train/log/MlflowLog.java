// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.log;

import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.train.mlflow.MlflowClient;
import dev.mixed.train.mlflow.MlflowClient.Status;
import dev.mixed.train.mlflow.TrackingServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells an MLflow server of a run, from a thread of its own: training neither waits for the server nor fails with it. The first call that fails is told in a
 * sentence, and nothing more is sent.
 */
public final class MlflowLog extends ScalarLog implements AutoCloseable {
    /** Seconds that the end of a run waits for what is yet to be sent. */
    private static final int PATIENCE = 30;

    private final MlflowClient client;
    private final TrackingServer server;
    private final Consumer<String> user;
    private final ExecutorService sender = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("mlflow").factory());
    private volatile Status end = Status.FAILED;
    /** Used by the sender alone. */
    private @Nullable String run;
    private volatile boolean broken;

    /** A call that needs a run. */
    private interface Call {
        void of(String run) throws IOException, InterruptedException;
    }

    /**
     * Starts a run, or goes on with the one whose id is in a file.
     *
     * @param name   of the run
     * @param params its options
     * @param id     the file that keeps the run's id, so that the run can be resumed
     * @param user   told, in a sentence, when the server can't be used
     */
    public MlflowLog(TrackingServer server, String name, SequencedMap<String, String> params, Path id, Consumer<String> user) {
        this.client = new MlflowClient(server);
        this.server = server;
        this.user = user;
        SequencedMap<String, String> options = new LinkedHashMap<>(params);
        send(() -> start(name, options, id));
    }

    private void start(String name, Map<String, String> params, Path id) throws IOException, InterruptedException {
        String before = Files.exists(id) ? Files.readString(id).strip() : "";
        if (!before.isEmpty() && client.continueRun(before)) {
            run = before;
            return;
        }
        String started = client.startRun(client.experiment(), name);
        run = started;
        AtomicFile.write(id, (started + "\n").getBytes(StandardCharsets.UTF_8));
        client.params(started, params);
    }

    @Override
    void scalars(long step, SequencedMap<String, Double> values) {
        sendOfRun(id -> client.metrics(id, step, values));
    }

    /** The run is complete. */
    public void finished() {
        end = Status.FINISHED;
    }

    /** The run was stopped, and may be resumed. */
    public void stopped() {
        end = Status.KILLED;
    }

    private interface Sending {
        void run() throws IOException, InterruptedException;
    }

    private void sendOfRun(Call call) {
        send(() -> {
            String id = run;
            if (id != null) {
                call.of(id);
            }
        });
    }

    private void send(Sending sending) {
        sender.execute(() -> {
            if (broken) {
                return;
            }
            try {
                sending.run();
            } catch (IOException e) {
                fail(IoReason.of(e));
            } catch (InterruptedException e) {
                fail("it takes too long");
            } catch (RuntimeException e) {
                fail(String.valueOf(e.getMessage()));
            }
        });
    }

    private void fail(String reason) {
        if (!broken) {
            broken = true;
            user.accept("The MLflow server " + server.address() + " can't be used (" + reason + "): from here on this run is not reported there, and goes on.");
        }
    }

    /** Ends the run: as complete after {@link #finished}, as killed after {@link #stopped}, or else as failed. */
    @Override
    public void close() {
        sendOfRun(id -> client.endRun(id, end));
        sender.shutdown();
        try {
            if (!sender.awaitTermination(PATIENCE, TimeUnit.SECONDS)) {
                sender.shutdownNow();
            }
        } catch (InterruptedException e) {
            sender.shutdownNow();
            Thread.currentThread().interrupt();
        }
        client.close();
    }
}
