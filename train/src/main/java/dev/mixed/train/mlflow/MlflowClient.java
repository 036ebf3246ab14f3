// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls of MLflow's REST API 2.0 that a training run needs. What fails is an {@link IOException} with a reason in some words, without a full stop. */
public final class MlflowClient implements AutoCloseable {
    /** How a run ended, or that it goes on. */
    public enum Status {
        RUNNING, FINISHED, FAILED, KILLED
    }

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(20);
    /** Longest value of a parameter that every version of the server takes. */
    private static final int LONGEST_VALUE = 500;
    /** Most parameters, and most metrics, of one call. */
    private static final int MOST_PARAMS = 100;
    private static final int MOST_METRICS = 1000;
    private static final String ABSENT = "RESOURCE_DOES_NOT_EXIST";
    private static final JsonMapper JSON = new JsonMapper();

    private final TrackingServer server;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT).build();

    public MlflowClient(TrackingServer server) {
        this.server = server;
    }

    /** Id of the server's experiment, which is made if it is not there. */
    public String experiment() throws IOException, InterruptedException {
        JsonNode found = call("GET", "experiments/get-by-name?experiment_name=" + URLEncoder.encode(server.experiment(), StandardCharsets.UTF_8), null, true);
        if (found != null) {
            return text(found.path("experiment"), "experiment_id");
        }
        return text(post("experiments/create", JSON.createObjectNode().put("name", server.experiment())), "experiment_id");
    }

    /** Starts a run; its id. */
    public String startRun(String experiment, String name) throws IOException, InterruptedException {
        ObjectNode run = JSON.createObjectNode().put("experiment_id", experiment).put("run_name", name).put("start_time", Instant.now().toEpochMilli());
        ArrayNode tags = run.putArray("tags");
        Map.of("mlflow.runName", name, "mlflow.source.name", "mixed train", "mlflow.source.type", "LOCAL")
                .forEach((key, value) -> tags.addObject().put("key", key).put("value", value));
        return text(post("runs/create", run).path("run").path("info"), "run_id");
    }

    /** Takes a run up again; false if the server has none of this id. */
    public boolean continueRun(String run) throws IOException, InterruptedException {
        return call("POST", "runs/update", JSON.createObjectNode().put("run_id", run).put("status", Status.RUNNING.name()), true) != null;
    }

    /** Ends a run. */
    public void endRun(String run, Status status) throws IOException, InterruptedException {
        post("runs/update", JSON.createObjectNode().put("run_id", run).put("status", status.name()).put("end_time", Instant.now().toEpochMilli()));
    }

    /** Parameters of a run; a server keeps the first value of each. */
    public void params(String run, Map<String, String> params) throws IOException, InterruptedException {
        ObjectNode batch = batch(run);
        for (Map.Entry<String, String> param : params.entrySet()) {
            String value = param.getValue();
            batch.withArray("params").addObject().put("key", param.getKey())
                    .put("value", value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE - 3) + "...");
            if (batch.withArray("params").size() == MOST_PARAMS) {
                post("runs/log-batch", batch);
                batch = batch(run);
            }
        }
        post("runs/log-batch", batch);
    }

    /** Finite numbers of a run, measured now. */
    public void metrics(String run, long step, Map<String, Double> metrics) throws IOException, InterruptedException {
        ObjectNode batch = batch(run);
        long now = Instant.now().toEpochMilli();
        for (Map.Entry<String, Double> metric : metrics.entrySet()) {
            batch.withArray("metrics").addObject().put("key", metric.getKey()).put("value", metric.getValue()).put("timestamp", now).put("step", step);
            if (batch.withArray("metrics").size() == MOST_METRICS) {
                post("runs/log-batch", batch);
                batch = batch(run);
            }
        }
        post("runs/log-batch", batch);
    }

    private static ObjectNode batch(String run) {
        return JSON.createObjectNode().put("run_id", run);
    }

    private JsonNode post(String path, ObjectNode body) throws IOException, InterruptedException {
        JsonNode answer = call("POST", path, body, false);
        if (answer == null) {
            throw new IllegalStateException("what is absent was to be an exception");
        }
        return answer;
    }

    /** Null if the server says that what was named does not exist, and that may be. */
    private @Nullable JsonNode call(String method, String path, @Nullable ObjectNode body, boolean mayBeAbsent) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.address() + "/api/2.0/mlflow/" + path)).timeout(ANSWER)
                .header("Content-Type", "application/json").header("User-Agent", "miXed")
                .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body.toString()));
        server.authorization().ifPresent(value -> request.header("Authorization", value));
        HttpResponse<String> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (HttpTimeoutException e) {
            throw new IOException("no answer in time", e);
        } catch (ConnectException e) {
            throw new IOException("no connection", e);
        } catch (IOException e) {
            throw new IOException(e.getMessage() == null ? "the connection broke off" : e.getMessage(), e);
        }
        JsonNode answer = json(response.body());
        if (mayBeAbsent && response.statusCode() == 404 && answer.path("error_code").asText().equals(ABSENT)) {
            return null;
        }
        if (response.statusCode() != 200) {
            String message = answer.path("message").asText();
            throw new IOException("status " + response.statusCode() + (message.isEmpty() ? "" : ", " + Brief.of(message).replaceFirst("\\.$", "")));
        }
        if (!answer.isObject()) {
            throw new IOException("it answers with no JSON, so it is no tracking server");
        }
        return answer;
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }

    private static String text(JsonNode node, String field) throws IOException {
        if (!node.path(field).isTextual()) {
            throw new IOException("its answer has no " + field);
        }
        return node.path(field).textValue();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
