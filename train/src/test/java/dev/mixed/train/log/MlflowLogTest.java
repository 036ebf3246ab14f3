// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.log;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.LossScale;
import dev.mixed.train.mlflow.FakeMlflow;
import dev.mixed.train.mlflow.FakeMlflow.Run;
import dev.mixed.train.mlflow.TrackingServer;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowLogTest {
    @TempDir
    Path temp;

    private final List<String> told = new ArrayList<>();

    private MlflowLog log(FakeMlflow server, Map<String, String> environment, SequencedMap<String, String> params) {
        return new MlflowLog(TrackingServer.of(server.address() + "/", null, environment), "first", params, temp.resolve("id.txt"), told::add);
    }

    @Test
    void aRunIsToldOfAndTakenUpAgain() throws IOException {
        SequencedMap<String, String> params = new LinkedHashMap<>(Map.of("lr", "0.1"));
        for (int i = 0; i < 120; i++) {
            params.put("option" + i, "x".repeat(i * 10));
        }
        try (FakeMlflow server = new FakeMlflow()) {
            try (MlflowLog log = log(server, Map.of(), params)) {
                log.logged(2, 0.5, 0.75, 0.001, new LossScale(1024f, 0, List.of()));
                log.logged(4, 1, Double.NaN, 0.002, null);
                log.stopped();
            }
            Run run = server.runs().get("run0");
            assertEquals("KILLED", run.status);
            assertEquals("first", run.name);
            assertEquals(server.experiments().get("miXed"), run.experiment);
            assertEquals(121, run.params.size());
            assertEquals("0.1", run.params.get("lr"));
            assertEquals("x".repeat(500), run.params.get("option50"));
            assertEquals("x".repeat(497) + "...", run.params.get("option51"));
            assertEquals(Map.of(2L, 0.75), run.metrics.get("train/loss"));
            assertEquals(Map.of(2L, 0.001, 4L, 0.002), run.metrics.get("train/learning_rate"));
            assertEquals(Map.of(2L, 1024.0), run.metrics.get("train/loss_scale"));

            params.put("lr", "0.2");
            try (MlflowLog log = log(server, Map.of("MLFLOW_TRACKING_USERNAME", "me", "MLFLOW_TRACKING_PASSWORD", "secret"), params)) {
                log.logged(6, 1.5, 0.5, 0.001, null);
                log.finished();
            }
            assertEquals(1, server.runs().size());
            assertEquals(Map.of(2L, 0.75, 6L, 0.5), run.metrics.get("train/loss"));
            assertEquals("FINISHED", run.status);
            assertEquals("Basic bWU6c2VjcmV0", server.authorizations().getLast());

            server.runs().clear();
            try (MlflowLog log = log(server, Map.of("MLFLOW_EXPERIMENT_NAME", "Default", "MLFLOW_TRACKING_TOKEN", "t"), params)) {
                log.logged(8, 2, 0.25, 0.001, null);
            }
            Run again = server.runs().get("run0");
            assertEquals("0", again.experiment);
            assertEquals("0.2", again.params.get("lr"));
            assertEquals("FAILED", again.status, "nobody said that it is complete");
            assertEquals("Bearer t", server.authorizations().getLast());
        }
        assertEquals(List.of(), told);
    }

    @Test
    void aServerThatFailsIsOneSentence() throws IOException {
        String address;
        try (FakeMlflow server = new FakeMlflow()) {
            address = server.address();
            server.failAfter(4);
            try (MlflowLog log = log(server, Map.of(), new LinkedHashMap<>())) {
                log.logged(2, 0.5, 0.75, 0.001, null);
                log.logged(4, 1, 0.5, 0.001, null);
            }
            assertEquals(1, told.size(), told.toString());
            assertTrue(
                    told.getFirst().contains(address + " can't be used (status 500, out of order): from here on this run is not reported there, and goes on."),
                    told.getFirst());
        }
        told.clear();
        Files.delete(temp.resolve("id.txt"));
        try (MlflowLog log = new MlflowLog(TrackingServer.of(address, "x", Map.of()), "first", new LinkedHashMap<>(), temp.resolve("id.txt"), told::add)) {
            log.logged(2, 0.5, 0.75, 0.001, null);
        }
        assertEquals(List.of("The MLflow server " + address + " can't be used (no connection): from here on this run is not reported there, and goes on."),
                told);
    }

    @Test
    void addressesThatAreNone() {
        assertEquals("http://h:1", TrackingServer.of("env", null, Map.of("MLFLOW_TRACKING_URI", "http://h:1/")).address().toString());
        assertRefused(() -> TrackingServer.of("env", null, Map.of()), "--mlflow env needs the variable MLFLOW_TRACKING_URI");
        assertRefused(() -> TrackingServer.of("env", null, Map.of("MLFLOW_TRACKING_URI", "sqlite:///x.db")), "MLFLOW_TRACKING_URI must be the http");
        assertRefused(() -> RunOptions.defaults().with("mlflow", "mlruns"), "--mlflow must be the http or https address of a tracking server", "'mlruns'");
        assertRefused(() -> RunOptions.defaults().with("mlflow", "http://me:secret@host"), "--mlflow holds a user name");
        assertRefused(() -> RunOptions.defaults().with("mlflow-experiment", "x"), "--mlflow-experiment needs --mlflow");
    }
}
