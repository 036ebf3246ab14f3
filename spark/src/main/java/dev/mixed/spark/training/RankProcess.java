// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import dev.mixed.spark.process.Hosts;
import dev.mixed.spark.process.MixedCommand;
import dev.mixed.spark.process.MixedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process of a rank. What it prints goes to its file and to the executor's log. */
final class RankProcess {
    private static final Logger LOG = LoggerFactory.getLogger(RankProcess.class);
    private static final int KEPT_LINES = 50;
    private static final long LOOK_MILLIS = 200;

    private final Process process;
    private final Thread listener;
    private final Deque<String> said = new ArrayDeque<>();

    private RankProcess(Process process, Path log) {
        this.process = process;
        listener = new Thread(() -> listen(log), "mixed-rank-log");
        listener.setDaemon(true);
        listener.start();
    }

    /** @param log file to which its lines are added */
    static RankProcess start(Path command, List<String> arguments, Map<String, String> environment, Path log) {
        ProcessBuilder builder = MixedCommand.guarded(command, arguments).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            return new RankProcess(builder.start(), log);
        } catch (IOException e) {
            throw new MixedException("miXed does not start on " + Hosts.local() + ": " + e.getMessage() + ".", e);
        }
    }

    private void listen(Path log) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                Writer file = Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                LOG.info("{}", line);
                file.write(line + "\n");
                file.flush();
                synchronized (said) {
                    said.addLast(line);
                    if (said.size() > KEPT_LINES) {
                        said.removeFirst();
                    }
                }
            }
        } catch (IOException e) {
            LOG.warn("the rank's log has ended: {}", e.getMessage());
        }
    }

    /**
     * Its exit code. If {@code stop} says so, or this thread is interrupted, it is killed: its checkpoint stays.
     *
     * @throws RankFailure if it was killed
     */
    int await(BooleanSupplier stop) {
        try {
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (stop.getAsBoolean()) {
                    throw new RankFailure("Spark has ended the task of the rank.", true);
                }
            }
            listener.join();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RankFailure("Spark has interrupted the task of the rank.", true);
        } finally {
            MixedCommand.kill(process);
        }
    }

    /** What it ended with. */
    String sentence() {
        synchronized (said) {
            return MixedCommand.sentence(List.copyOf(said));
        }
    }
}
