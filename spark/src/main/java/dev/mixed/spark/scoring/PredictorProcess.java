// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.scoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.mixed.spark.process.Hosts;
import dev.mixed.spark.process.MixedCommand;
import dev.mixed.spark.process.MixedException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process that keeps a model: {@code mixed predict --pipe}. It ends when this JVM does, in whatever way, for then its input ends. */
final class PredictorProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PredictorProcess.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int KEPT_LINES = 20;

    private final ModelSpec model;
    private final Path folder;
    private final Process process;
    private final BufferedWriter questions;
    private final BufferedReader answers;
    private final Thread listener;
    private final Deque<String> said = new ArrayDeque<>();
    private final AtomicInteger users = new AtomicInteger();
    private volatile long lastUse = System.nanoTime();

    /** @param gpu value of CUDA_VISIBLE_DEVICES; null to leave it as it is */
    PredictorProcess(ModelSpec model, @Nullable String gpu) {
        Path command = MixedCommand.find(model.command());
        this.model = model;
        this.folder = ModelFiles.here(model);
        List<String> arguments = new ArrayList<>(List.of("predict", "--pipe", "--model", folder.toString()));
        arguments.addAll(model.arguments());
        ProcessBuilder builder = MixedCommand.of(command, arguments);
        if (gpu != null) {
            builder.environment().put("CUDA_VISIBLE_DEVICES", gpu);
        }
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new MixedException("miXed does not start on " + Hosts.local() + ": " + e.getMessage() + ".", e);
        }
        questions = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        listener = new Thread(this::listen, "mixed-predictor-log");
        listener.setDaemon(true);
        listener.start();
        List<String> classes = new ArrayList<>();
        try {
            answer().path("classes").forEach(name -> classes.add(name.asText()));
            if (!classes.equals(model.classes())) {
                throw new MixedException("The model on " + Hosts.local() + " has the classes " + classes + ", and the driver's has " + model.classes()
                        + "; give both the same model.");
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void listen() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                LOG.info("predictor: {}", line);
                synchronized (said) {
                    said.addLast(line);
                    if (said.size() > KEPT_LINES) {
                        said.removeFirst();
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("the predictor's log has ended", e);
        }
    }

    /**
     * Probabilities of each text, [texts][classes]. Threads wait for their turn.
     *
     * @param texts each alone or with its pair
     */
    synchronized double[][] probabilities(List<String[]> texts) {
        ArrayNode question = MAPPER.createArrayNode();
        for (String[] text : texts) {
            if (text.length == 1) {
                question.add(text[0]);
            } else {
                question.addArray().add(text[0]).add(text[1]);
            }
        }
        JsonNode rows;
        try {
            questions.write(MAPPER.writeValueAsString(question));
            questions.write('\n');
            questions.flush();
            rows = answer().path("probabilities");
        } catch (IOException e) {
            throw ended(e);
        }
        if (rows.size() != texts.size()) {
            throw new IllegalStateException("asked for " + texts.size() + " texts, the predictor answered for " + rows.size());
        }
        double[][] probabilities = new double[rows.size()][];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = new double[rows.get(i).size()];
            for (int c = 0; c < probabilities[i].length; c++) {
                probabilities[i][c] = rows.get(i).get(c).doubleValue();
            }
        }
        return probabilities;
    }

    private JsonNode answer() {
        JsonNode answer;
        try {
            String line = answers.readLine();
            if (line == null) {
                throw ended(null);
            }
            answer = MAPPER.readTree(line);
        } catch (IOException e) {
            throw ended(e);
        }
        if (answer.has("error")) {
            throw new MixedException(answer.get("error").asText());
        }
        return answer;
    }

    /** It says why on standard error, perhaps a moment later. */
    private MixedException ended(@Nullable IOException cause) {
        try {
            process.waitFor(10, TimeUnit.SECONDS);
            listener.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (said) {
            return new MixedException("The predictor on " + Hosts.local() + " has ended: " + MixedCommand.sentence(List.copyOf(said)), cause);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Keeps it open until {@link #release}. */
    void use() {
        users.incrementAndGet();
    }

    void release() {
        lastUse = System.nanoTime();
        users.decrementAndGet();
    }

    /** Nanoseconds since anyone used it; 0 while someone does. */
    long idle() {
        return users.get() > 0 ? 0 : System.nanoTime() - lastUse;
    }

    @Override
    public void close() {
        MixedCommand.kill(process);
        ModelFiles.forget(model, folder);
    }
}
