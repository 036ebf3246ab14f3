// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.pytorch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.compare.speed.ContenderException;
import dev.mixed.io.IoReason;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A Python process that runs {@code worker.py}: one JSON object a line to it, one back. */
final class Worker implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int ERROR_CHARACTERS = 300;

    private final Path folder;
    private final Process process;
    private final BufferedWriter requests;
    private final BufferedReader answers;
    private final JsonNode greeting;

    /** Starts a process; {@link ContenderException} if it does not get as far as to import torch. */
    Worker(String python) {
        this(python, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** @param temporary where the script and what the process writes to standard error lie while it runs */
    Worker(String python, Path temporary) {
        try {
            folder = Files.createTempDirectory(temporary, "mixed-worker");
        } catch (IOException e) {
            throw new ContenderException("the script for Python could not be written to '" + temporary + "' (" + IoReason.of(e) + ")", e);
        }
        try {
            process = start(python);
        } catch (IOException e) {
            deleteFiles();
            throw new ContenderException("Python could not be started (" + e.getMessage() + ")", e);
        }
        requests = process.outputWriter(StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
        try {
            greeting = answer();
        } catch (ContenderException e) {
            close();
            throw e;
        }
    }

    private Process start(String python) throws IOException {
        try (InputStream source = Worker.class.getResourceAsStream("worker.py")) {
            Files.write(script(), source.readAllBytes());
        }
        ProcessBuilder builder = new ProcessBuilder(python, "-u", script().toString()).redirectError(errors().toFile());
        // Threads that spin while they wait take the cores of the contender whose turn it is.
        builder.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
        return builder.start();
    }

    private Path script() {
        return folder.resolve("worker.py");
    }

    private Path errors() {
        return folder.resolve("errors.log");
    }

    /** What the process said of itself: {@code torch}, {@code model}, {@code cuda}, {@code device}, {@code compile}, {@code scaler}. */
    JsonNode greeting() {
        return greeting;
    }

    /** Sends a request and waits for the answer to it. */
    JsonNode ask(ObjectNode request) {
        try {
            requests.write(MAPPER.writeValueAsString(request));
            requests.newLine();
            requests.flush();
        } catch (IOException e) {
            throw new ContenderException("the Python process ended" + lastError(), e);
        }
        return answer();
    }

    private JsonNode answer() {
        try {
            String line = answers.readLine();
            if (line == null) {
                throw new ContenderException("the Python process ended" + lastError());
            }
            JsonNode answer = MAPPER.readTree(line);
            if (answer.has("error")) {
                String error = answer.get("error").asText();
                throw new ContenderException(error.endsWith(".") ? error.substring(0, error.length() - 1) : error);
            }
            return answer;
        } catch (IOException e) {
            throw new ContenderException("the Python process gave no answer (" + e.getMessage() + ")", e);
        }
    }

    /** The last line that the process wrote to standard error, which is where Python says what is wrong. */
    private String lastError() {
        try {
            process.waitFor(5, TimeUnit.SECONDS);
            String last = Files.readString(errors(), StandardCharsets.UTF_8).lines().filter(l -> !l.isBlank()).reduce("", (a, b) -> b).strip();
            return last.isEmpty() ? "" : " (" + last.substring(0, Math.min(last.length(), ERROR_CHARACTERS)) + ")";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** Ends the process and deletes what it needed. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        deleteFiles();
    }

    private void deleteFiles() {
        try {
            Files.deleteIfExists(script());
            Files.deleteIfExists(errors());
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // Files in the folder for temporary files; nothing depends on them.
        }
    }
}
