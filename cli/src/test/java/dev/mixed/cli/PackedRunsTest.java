// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --pad packed} from training to predicting. */
class PackedRunsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path temp;

    @Test
    void trainsScoresAndPredicts() throws IOException {
        Path data = Toy.data(temp);
        Path run = temp.resolve("run");
        Cli.run("train", "--data", data, "--output", run, "--epochs", 1, "--batch", 8, "--length", 16, "--lr", "1e-3", "--pad", "packed").done();
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("pad: packed"));
        // Without the option, a resumed run goes on as it was started.
        Cli.run("train", "--output", run, "--resume", "--epochs", 2).done();
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("pad: packed"));
        List<List<JsonNode>> predictions = new ArrayList<>();
        List<JsonNode> scores = new ArrayList<>();
        for (String pad : new String[] {"bucket", "packed", "max"}) {
            String out = Cli.run("predict", "--model", run, "--file", data.resolve("test_text.txt"), "--format", "json", "--pad", pad).done().out();
            List<JsonNode> lines = new ArrayList<>();
            for (String line : out.lines().toList()) {
                lines.add(MAPPER.readTree(line));
            }
            predictions.add(lines);
            scores.add(MAPPER.readTree(Cli.run("eval", "--model", run, "--data", data, "--format", "json", "--pad", pad).done().out()));
        }
        assertEquals(Toy.HELD_OUT, predictions.getFirst().size());
        for (int way = 1; way < 3; way++) {
            for (int i = 0; i < Toy.HELD_OUT; i++) {
                assertClose(predictions.getFirst().get(i), predictions.get(way).get(i));
            }
            assertClose(scores.getFirst(), scores.get(way));
        }
        Cli.run("predict", "--model", run, "--pad", "left", "a text").misused("'left'");
    }

    /** The same JSON, but for the last digits of numbers and for times. */
    private static void assertClose(JsonNode expected, JsonNode actual) {
        if (expected.isFloatingPointNumber()) {
            assertEquals(expected.asDouble(), actual.asDouble(), 1e-5);
        } else if (expected.isContainerNode()) {
            assertEquals(expected.size(), actual.size());
            expected.properties().forEach(e -> assertClose(e.getValue(), actual.get(e.getKey())));
            for (int i = 0; expected.isArray() && i < expected.size(); i++) {
                assertClose(expected.get(i), actual.get(i));
            }
        } else {
            assertEquals(expected, actual);
        }
    }
}
