// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A tracking server that keeps what it is told, and refuses what MLflow's would. */
public final class FakeMlflow implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> STATUS = Set.of("RUNNING", "FINISHED", "FAILED", "KILLED");

    private final HttpServer server;
    private final Map<String, String> experiments = new ConcurrentHashMap<>(Map.of("Default", "0"));
    private final Map<String, Run> runs = new ConcurrentHashMap<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private volatile int failAfter = Integer.MAX_VALUE;
    private final AtomicInteger calls = new AtomicInteger();

    /** A run as the server knows it. */
    public static final class Run {
        /** Id of its experiment. */
        public String experiment = "";
        /** As it was started. */
        public String name = "";
        /** RUNNING and so on. */
        public String status = "RUNNING";
        /** By name. */
        public final Map<String, String> params = new TreeMap<>();
        /** By name and step. */
        public final Map<String, Map<Long, Double>> metrics = new TreeMap<>();
    }

    public FakeMlflow() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    public String address() {
        return "http://" + server.getAddress().getHostString() + ":" + server.getAddress().getPort();
    }

    /** From the call of this number on, from 0, every one fails. */
    public void failAfter(int number) {
        failAfter = number;
    }

    public Map<String, Run> runs() {
        return runs;
    }

    public Map<String, String> experiments() {
        return experiments;
    }

    /** Headers of the calls that had one. */
    public List<String> authorizations() {
        return authorizations;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization != null) {
            authorizations.add(authorization);
        }
        String path = exchange.getRequestURI().getPath().replaceFirst("^/api/2.0/mlflow/", "");
        byte[] body = exchange.getRequestBody().readAllBytes();
        int status = 200;
        String answer;
        try {
            answer = calls.getAndIncrement() >= failAfter ? null : exchange.getRequestMethod().equals("GET") ? get(path, exchange.getRequestURI().getQuery())
                    : post(path, JSON.readTree(body));
            if (answer == null) {
                status = 500;
                answer = "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"out of order.\"}";
            }
        } catch (AbsentException e) {
            status = 404;
            answer = "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"no such thing\"}";
        } catch (IllegalArgumentException e) {
            status = 400;
            answer = "{\"error_code\": \"INVALID_PARAMETER_VALUE\", \"message\": \"" + e.getMessage() + "\"}";
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static final class AbsentException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private String get(String path, String query) {
        String id = experiments.get(query.replaceFirst("^experiment_name=", ""));
        if (!path.equals("experiments/get-by-name") || id == null) {
            throw new AbsentException();
        }
        return "{\"experiment\": {\"experiment_id\": \"" + id + "\"}}";
    }

    private String post(String path, JsonNode body) {
        return switch (path) {
            case "experiments/create" -> {
                String id = String.valueOf(experiments.size());
                require(experiments.putIfAbsent(body.get("name").textValue(), id) == null, "experiment exists");
                yield "{\"experiment_id\": \"" + id + "\"}";
            }
            case "runs/create" -> {
                Run run = new Run();
                run.experiment = body.get("experiment_id").textValue();
                run.name = body.get("run_name").textValue();
                require(experiments.containsValue(run.experiment) && body.get("start_time").isIntegralNumber(), "run");
                String id = "run" + runs.size();
                runs.put(id, run);
                yield "{\"run\": {\"info\": {\"run_id\": \"" + id + "\"}}}";
            }
            case "runs/update" -> {
                Run run = run(body);
                run.status = body.get("status").textValue();
                require(STATUS.contains(run.status), "status");
                yield "{\"run_info\": {}}";
            }
            case "runs/log-batch" -> {
                Run run = run(body);
                for (JsonNode param : body.path("params")) {
                    String old = run.params.putIfAbsent(param.get("key").textValue(), param.get("value").textValue());
                    require(old == null || old.equals(param.get("value").textValue()), "a param can't be changed");
                }
                for (JsonNode metric : body.path("metrics")) {
                    require(metric.get("timestamp").isIntegralNumber() && metric.get("value").isNumber(), "metric");
                    run.metrics.computeIfAbsent(metric.get("key").textValue(), key -> new TreeMap<>()).put(metric.get("step").longValue(),
                            metric.get("value").doubleValue());
                }
                require(body.path("params").size() <= 100 && body.path("metrics").size() <= 1000, "too many");
                yield "{}";
            }
            default -> throw new AbsentException();
        };
    }

    private Run run(JsonNode body) {
        Run run = runs.get(body.get("run_id").textValue());
        if (run == null) {
            throw new AbsentException();
        }
        return run;
    }

    private static void require(boolean fine, String message) {
        if (!fine) {
            throw new IllegalArgumentException(message);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
