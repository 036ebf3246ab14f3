// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs into a real full disk: a small tmpfs, which only root can mount. */
class FullDiskTest {
    @TempDir
    private Path temp;
    private Path disk;
    private Path data;

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @BeforeEach
    void mount() throws Exception {
        data = Toy.data(temp);
        disk = Files.createDirectory(temp.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()), "cannot mount a tmpfs here (needs root): skipped");
    }

    @AfterEach
    void unmount() throws InterruptedException {
        run("umount", disk.toString());
    }

    private void resize(String size) throws InterruptedException {
        assertTrue(run("mount", "-o", "remount,size=" + size, disk.toString()));
    }

    private Cli train(Path output) {
        return Cli.run("train", "--data", data, "--output", output, "--epochs", 2, "--batch", 8, "--length", 16, "--log-every", 2, "--save-every", 3,
                "--lr", "2e-3");
    }

    /** The sentence is the last line, after the run's progress. */
    private static void assertToldOf(Cli run, Path folder) {
        assertEquals(1, run.code(), run.err());
        String last = run.err().lines().toList().getLast();
        assertTrue(last.startsWith("mixed: ") && last.contains("'" + folder) && last.contains("No space left on device") && last.contains("free"), run.err());
        assertFalse(run.err().contains("Exception") || run.err().contains("\tat "), run.err());
    }

    @Test
    void theFirstCheckpointDoesNotFit() throws Exception {
        Path output = disk.resolve("run");
        assertToldOf(train(output), output.resolve("last"));
        // What the run said of itself stays, half a checkpoint does not; with room, the run can be resumed.
        assertEquals(List.of("metrics.csv", "run.yaml"), Runs.files(output));
        resize("20m");
        Cli.run("train", "--output", output, "--resume").done();
        Path whole = temp.resolve("whole");
        train(whole).done();
        Runs.assertSame(whole, output);
    }

    @Test
    void aLaterCheckpointDoesNotFit() throws Exception {
        resize("20m");
        Path whole = temp.resolve("whole");
        train(whole).done();
        long model = Files.size(whole.resolve("model.safetensors"));
        // Room for the latest checkpoint with its moments, for the best model, and for little more: one save needs its own size on top of that.
        resize((model * 5) / 1024 + "k");
        Path output = disk.resolve("run");
        assertToldOf(train(output), output);
        assertFalse(Files.exists(output.resolve(".checkpoint.partial")) || Files.exists(output.resolve("last/.checkpoint.partial")));
        Cli.run("predict", "--model", output.resolve("last"), "some rain").done();
        resize("20m");
        Cli.run("train", "--output", output, "--resume").done();
        Runs.assertSame(whole, output);
    }

    @Test
    void notEvenTheOptionsFit() throws Exception {
        Files.write(disk.resolve("filler"), new byte[1 << 20]);
        Path output = disk.resolve("run");
        Cli run = train(output);
        assertToldOf(run, output);
        assertFalse(Files.exists(output));
    }
}
