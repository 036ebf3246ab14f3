// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MixedCommandTest {
    @TempDir
    Path temp;

    private Path command(String folder) throws IOException {
        Path command = Files.createDirectories(temp.resolve(folder)).resolve("mixed");
        Files.writeString(command, "#!/bin/sh\n\"$@\"\n");
        assertTrue(command.toFile().setExecutable(true));
        return command;
    }

    @Test
    void isFoundAsNamedOrInItsHomeOrOnThePath() throws IOException {
        Path home = command("home");
        Path path = command("path");
        assertEquals(home, MixedCommand.find(home.toString(), Map.of()));
        assertEquals(home, MixedCommand.find(null, Map.of("MIXED_HOME", home.getParent().toString(), "PATH", path.getParent().toString())));
        assertEquals(path, MixedCommand.find("", Map.of("PATH", temp + ":" + path.getParent())));
        refused("is no command on", temp.toString(), Map.of());
        refused("where no command 'mixed' is", null, Map.of("MIXED_HOME", temp.toString()));
        refused("miXed is not found on", null, Map.of("PATH", temp.toString()));
    }

    private static void refused(String words, String named, Map<String, String> environment) {
        String message = assertThrows(MixedException.class, () -> MixedCommand.find(named, environment)).getMessage();
        assertTrue(message.contains(words), message);
    }

    @Test
    void aGuardedCommandEndsWithItsCodeOrWithItsOwner() throws Exception {
        Path command = command("guarded");
        Process ends = MixedCommand.guarded(command, List.of("sh", "-c", "cat; exit 7")).start();
        assertEquals(7, ends.waitFor());
        ends.getOutputStream().close();

        Process stays = MixedCommand.guarded(Path.of("/bin/sh"), List.of("-c", "echo $$; exec sleep 300")).start();
        long rank = Long.parseLong(stays.inputReader().readLine());
        assertTrue(ProcessHandle.of(rank).isPresent());
        // As it is when the executor is killed.
        stays.getOutputStream().close();
        assertTrue(stays.waitFor(20, TimeUnit.SECONDS));
        assertEquals(137, stays.exitValue());
        assertFalse(ProcessHandle.of(rank).map(ProcessHandle::isAlive).orElse(false));
    }

    @Test
    void theLastSentenceCounts() {
        assertEquals("There is no x.", MixedCommand.sentence(List.of("some", "mixed: There is no x.", "Try 'mixed --help'.")));
        assertEquals("killed", MixedCommand.sentence(List.of("some", "killed")));
        assertEquals("it said nothing", MixedCommand.sentence(List.of()));
    }
}
