// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.Toy;
import dev.mixed.weights.hub.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command that is given a model's name downloads it, and finds it in the cache the next time; the variables of the environment apply. */
class HubModelTest {
    private static final String NAME = "org/toy";
    @TempDir
    private Path temp;

    private record Result(int code, String out, String err) {
    }

    private Result run(Map<String, String> environment, String... args) throws IOException, InterruptedException {
        Path out = temp.resolve("out.txt");
        Path err = temp.resolve("err.txt");
        ProcessBuilder builder = ChildJvm.builder(List.of(), Main.class, List.of(args)).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        String errors = Files.readString(err).lines().filter(line -> !line.startsWith("WARNING:")).reduce("", (a, b) -> a + b + "\n");
        return new Result(process.exitValue(), Files.readString(out), errors);
    }

    @Test
    void downloadedOnceThenOffline() throws Exception {
        Path model = Toy.model(temp, List.of("weather", "food"));
        String expected = Cli.run("predict", "--model", model, "rain and snow").done().out();
        Map<String, String> environment = new TreeMap<>(Map.of("HF_HOME", temp.resolve("hf").toString(), "HF_TOKEN", "hf_token"));
        try (FakeHub hub = new FakeHub(NAME)) {
            environment.put("HF_ENDPOINT", hub.endpoint().toString());
            for (String name : List.of("config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json")) {
                hub.small(name, Files.readAllBytes(model.resolve(name)));
            }
            hub.large("model.safetensors", Files.readAllBytes(model.resolve("model.safetensors")));
            hub.cutAfter = 2000;
            Result first = run(environment, "predict", "--model", NAME, "rain and snow");
            assertEquals(0, first.code, first.err);
            assertEquals(expected, first.out);
            assertTrue(first.err.contains("downloading model.safetensors, "), first.err);
            assertTrue(hub.requests.stream().anyMatch(r -> r.startsWith("GET store") && r.contains("bytes=2000-")), hub.requests.toString());
            assertTrue(hub.requests.stream().anyMatch(r -> r.contains("Bearer hf_token")), hub.requests.toString());
            int asked = hub.requests.size();
            Path run = temp.resolve("run");
            Result trained = run(environment, "train", "--model", NAME, "--data", Toy.data(temp).toString(), "--length", "16", "--epochs", "1", "--output",
                    run.toString());
            assertEquals(0, trained.code, trained.err);
            assertTrue(Files.readString(run.resolve("run.yaml")).contains("model: org/toy\n"), Files.readString(run.resolve("run.yaml")));
            assertEquals(asked, hub.requests.size());
        }
        environment.put("HF_HUB_OFFLINE", "1");
        assertEquals(new Result(0, expected, ""), run(environment, "predict", "--device", "jvm", "--model", NAME, "rain and snow"));
        Result other = run(environment, "predict", "--device", "jvm", "--model", "org/other", "rain");
        assertEquals(1, other.code);
        assertTrue(
                other.err.startsWith(
                        "mixed: 'org/other' is neither a folder nor complete in the cache '" + temp.resolve("hf/hub") + "', and HF_HUB_OFFLINE forbids"),
                other.err);
        assertEquals(1, other.err.lines().count(), other.err);
    }
}
