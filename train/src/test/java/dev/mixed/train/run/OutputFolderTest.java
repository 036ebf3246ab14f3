// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import dev.mixed.train.metrics.MetricsCsv;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {

    private static final Consumer<Path> NO_CHECKPOINTS = path -> {};

    @TempDir
    Path folder;

    @Test
    void makesAMissingFolderAndTakesAnEmptyOne() throws IOException {
        Path deep = folder.resolve("a/b");
        OutputFolder missing = OutputFolder.check(deep, false, false);
        assertFalse(Files.exists(deep));
        missing.open(NO_CHECKPOINTS);
        assertTrue(Files.isDirectory(deep));
        missing.close();
        assertFalse(Files.exists(deep), "nothing was written in it");
        Files.createDirectory(deep);
        OutputFolder.check(deep, false, true).open(NO_CHECKPOINTS).close();
        assertTrue(Files.isDirectory(deep), "it was there before");
    }

    @Test
    void refusesARunUnlessToldWhatToDoWithIt() throws IOException {
        run();
        String message = refusal(folder, false, false);
        assertTrue(message.contains("--resume") && message.contains("--overwrite") && message.contains(folder.toString()), message);
        List<Path> before = files();
        OutputFolder.check(folder, true, false).open(NO_CHECKPOINTS).close();
        assertEquals(before, files());
    }

    @Test
    void neverTakesAUsersFolder() throws IOException {
        Files.writeString(folder.resolve("thesis.tex"), "x");
        for (boolean overwrite : new boolean[] {false, true}) {
            String message = refusal(folder, false, overwrite);
            assertTrue(message.contains("--resume") && message.contains("--overwrite") && message.contains("not of a miXed run"), message);
        }
        Files.writeString(folder.resolve("run.yaml"), "lr: 0.1\n");
        assertTrue(refusal(folder, false, true).contains("not of a miXed run"));
        assertEquals(2, files().size());
    }

    @Test
    void overwriteDeletesTheRunsFilesAndNoOthers() throws IOException {
        run();
        Path notes = Files.writeString(folder.resolve("notes.txt"), "mine");
        Path kept = Files.writeString(folder.resolve("metrics.csv.bak"), "mine");
        Files.writeString(folder.resolve("model.safetensors"), "weights");
        OutputFolder output = OutputFolder.check(folder, false, true);
        assertEquals(6, files().size());
        try (output) {
            output.open(path -> path.resolve("model.safetensors").toFile().delete());
        }
        assertEquals(List.of(kept, notes), files());
    }

    @Test
    void anOverwriteThatFailsCanBeTriedAgain() throws IOException {
        run();
        OutputFolder output = OutputFolder.check(folder, false, true);
        assertThrows(IllegalStateException.class, () -> output.open(path -> {
            throw new IllegalStateException();
        }));
        OutputFolder.check(folder, false, true).open(NO_CHECKPOINTS).close();
        assertEquals(List.of(), files());
    }

    @Test
    void resumeNeedsARun() throws IOException {
        assertTrue(refusal(folder, true, false).contains("leave out --resume"));
        assertTrue(refusal(folder.resolve("none"), true, false).contains("leave out --resume"));
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertTrue(refusal(file, false, true).contains("is a file"));
    }

    @Test
    void aSecondRunIsLockedOut() {
        Path path = folder.resolve("run");
        try (OutputFolder first = OutputFolder.check(path, false, false).open(NO_CHECKPOINTS)) {
            assertEquals(path, first.path());
            OutputFolder second = OutputFolder.check(path, false, false);
            assertTrue(assertThrows(UserException.class, () -> second.open(NO_CHECKPOINTS)).getMessage().contains("Another miXed run"));
        }
        OutputFolder.check(path, false, false).open(NO_CHECKPOINTS).close();
    }

    @Test
    void freshFoldersAreNumbered() {
        Path runs = folder.resolve("runs");
        assertEquals(runs.resolve("sample-tiny"), OutputFolder.fresh(runs, "sample-tiny").path());
        assertEquals(runs.resolve("sample-tiny-2"), OutputFolder.fresh(runs, "sample-tiny").path());
        assertEquals(runs.resolve("sample-tiny-3"), OutputFolder.fresh(runs, "sample-tiny").path());
    }

    /** A run's files as a killed run may leave them, in this folder. */
    private void run() throws IOException {
        RunOptionsIO.write(RunOptions.defaults(), folder.resolve("run.yaml"));
        MetricsCsv.create(folder.resolve("metrics.csv"));
        Files.writeString(folder.resolve("metrics.csv.partial"), "st");
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static String refusal(Path path, boolean resume, boolean overwrite) {
        return assertThrows(UserException.class, () -> OutputFolder.check(path, resume, overwrite)).getMessage();
    }
}
