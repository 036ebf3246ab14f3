// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mixed.bert.pretrained.ModelContents;
import dev.mixed.io.UserException;
import dev.mixed.weights.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Saves on a real full disk: a tmpfs of one MiB, which only root can mount; elsewhere {@link CheckpointKillTest} fails the writes itself. */
class CheckpointDiskFullTest {

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aFullDiskKeepsThePreviousCheckpoint(@TempDir Path temp) throws Exception {
        Path mount = Files.createDirectory(temp.resolve("mnt"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString()), "cannot mount a tmpfs here (needs root): skipped");
        try {
            Path folder = mount.resolve("last");
            CheckpointFolder.save(folder, Samples.training(1));
            CheckpointContents small = Samples.training(2);
            List<TensorSource> huge = new ArrayList<>(small.model().parameters());
            huge.add(TensorSource.floats("huge", List.of(1 << 20), () -> new float[1 << 20]));
            CheckpointContents tooLarge = new CheckpointContents(
                    new ModelContents(small.model().config(), small.model().tokenizerFiles(), huge), small.state(), small.stateTensors());
            String message = assertThrows(UserException.class, () -> CheckpointFolder.save(folder, tooLarge)).getMessage();
            assertTrue(message.contains(folder.toString()) && message.contains("No space left on device") && message.contains("needs about 4.0 MiB"), message);
            assertFalse(message.contains("\n"), message);
            assertEquals(1, Samples.numberOf(folder));
            try (Stream<Path> files = Files.list(folder)) {
                assertEquals(5, files.count());
            }
            CheckpointFolder.save(folder, Samples.training(3));
            assertEquals(3, Samples.numberOf(folder));
            Path fresh = mount.resolve("fresh");
            assertThrows(UserException.class, () -> CheckpointFolder.save(fresh, tooLarge));
            assertFalse(Files.exists(fresh));
        } finally {
            run("umount", mount.toString());
        }
    }
}
