// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compares the output folders of runs. */
final class Runs {
    private Runs() {
    }

    /** The rows of {@code metrics.csv} but for the column samples_per_second. */
    static List<String> metrics(Path run) throws IOException {
        List<String> lines = Files.readAllLines(run.resolve("metrics.csv"));
        assertTrue(lines.getFirst().endsWith(",samples_per_second"), lines.getFirst());
        return lines.stream().map(line -> line.substring(0, line.lastIndexOf(','))).toList();
    }

    /** Asserts that two runs had the same numbers and left the same bytes. */
    static void assertSame(Path expected, Path actual) throws IOException {
        assertEquals(metrics(expected), metrics(actual));
        for (String file : List.of("model.safetensors", "config.json", "vocab.txt", "tokenizer.json", "last/model.safetensors",
                "training_data.safetensors", "last/training_data.safetensors", "last/training_state.safetensors", "last/training_state.json")) {
            assertArrayEquals(Files.readAllBytes(expected.resolve(file)), Files.readAllBytes(actual.resolve(file)), file);
        }
        assertEquals(files(expected), files(actual));
    }

    /** {@link #assertSame} of runs in whose folders the names of files have the time in them. */
    static void assertSameRun(Path expected, Path actual) throws IOException {
        assertEquals(metrics(expected), metrics(actual));
        assertArrayEquals(Files.readAllBytes(expected.resolve("model.safetensors")), Files.readAllBytes(actual.resolve("model.safetensors")));
    }

    /** All files below a folder, relative to it. */
    static List<String> files(Path folder) throws IOException {
        List<String> files = new ArrayList<>();
        try (var all = Files.walk(folder)) {
            all.filter(Files::isRegularFile).forEach(file -> files.add(folder.relativize(file).toString()));
        }
        return files.stream().sorted().toList();
    }
}
