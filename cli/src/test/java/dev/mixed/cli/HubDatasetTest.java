// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.Toy;
import dev.mixed.weights.hub.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data set's name on the hub is downloaded, trained on, and found in the cache by whoever reads the run's options. */
class HubDatasetTest {
    @TempDir
    private Path temp;

    private String run(Map<String, String> environment, Object... args) throws IOException, InterruptedException {
        Path out = temp.resolve("out.txt");
        Path err = temp.resolve("err.txt");
        List<String> texts = new ArrayList<>();
        for (Object arg : args) {
            texts.add(arg.toString());
        }
        ProcessBuilder builder = ChildJvm.builder(List.of(), Main.class, texts).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue(), Files.readString(err));
        return Files.readString(out) + Files.readString(err);
    }

    private static byte[] rows() throws IOException {
        try (var in = HubDatasetTest.class.getResourceAsStream("/parquet/classes.parquet")) {
            return in.readAllBytes();
        }
    }

    @Test
    void downloadedOnceThenOffline() throws Exception {
        Path model = Toy.model(temp, List.of("neg", "pos"));
        Path run = temp.resolve("run");
        Map<String, String> environment = new TreeMap<>(Map.of("HF_HOME", temp.resolve("hf").toString()));
        try (FakeHub hub = new FakeHub("datasets/org/set")) {
            environment.put("HF_ENDPOINT", hub.endpoint().toString());
            for (String split : List.of("train", "validation", "test")) {
                hub.large("default/" + split + "/0000.parquet", rows());
            }
            String told = run(environment, "train", "--data", "hub:org/set", "--model", model, "--length", 16, "--epochs", 1, "--output", run);
            assertTrue(told.contains("12 train, 12 validation, 12 test texts, 2 classes"), told);
            assertTrue(Files.readString(run.resolve("run.yaml")).contains("\ndata: hub:org/set\n")
                    || Files.readString(run.resolve("run.yaml")).contains("\ndata: \"hub:org/set\"\n"), Files.readString(run.resolve("run.yaml")));
            assertTrue(Files.readString(run.resolve("README.md")).contains("datasets:\n- \"org/set\"\n"), Files.readString(run.resolve("README.md")));
        }
        environment.put("HF_HUB_OFFLINE", "1");
        run(environment, "train", "--resume", "--output", run, "--epochs", 2);
        String eval = run(environment, "eval", "--model", run, "--data", "hub:org/set");
        assertTrue(eval.contains("macro"), eval);
    }
}
