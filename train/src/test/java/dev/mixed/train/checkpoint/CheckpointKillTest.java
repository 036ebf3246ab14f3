// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stops a save at each single disk operation: whatever was reached, one whole checkpoint, old or new, opens. */
class CheckpointKillTest {

    @TempDir
    Path temp;

    private static int operations(Path folder, CheckpointContents contents) {
        KillableDisk disk = KillableDisk.reliable();
        CheckpointFolder.save(folder, contents, disk);
        return disk.log.size();
    }

    private static void deleteTree(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> tree = Files.walk(folder)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aSaveKilledAtAnyOperationLeavesTheOldOrTheNewCheckpoint() throws Exception {
        // Every pair of contents: the same files again, and a training state that appears or goes.
        for (CheckpointContents old : List.of(Samples.training(1), Samples.model(1))) {
            for (CheckpointContents next : List.of(Samples.training(2), Samples.model(2))) {
                Path probe = temp.resolve("probe");
                CheckpointFolder.save(probe, old, KillableDisk.reliable());
                KillableDisk all = KillableDisk.reliable();
                CheckpointFolder.save(probe, next, all);
                deleteTree(probe);
                int operations = all.log.size();
                assertTrue(operations > 20, "only " + operations + " operations");
                int olds = 0;
                int seen = 1;
                boolean everyWrite = old.state().isPresent() && next.state().isPresent();
                for (int i = 0; i < operations; i++) {
                    if (!everyWrite && all.log.get(i).startsWith("write")) {
                        continue;
                    }
                    Path folder = temp.resolve("x" + i);
                    CheckpointFolder.save(folder, old, KillableDisk.reliable());
                    KillableDisk disk = KillableDisk.killedAt(i);
                    assertThrows(KillableDisk.Killed.class, () -> CheckpointFolder.save(folder, next, disk));
                    int number = Samples.numberOf(folder);
                    assertTrue(number >= seen, "the old checkpoint came back at operation " + disk.log);
                    seen = number;
                    olds += number == 1 ? 1 : 0;
                    CheckpointContents expected = number == 1 ? old : next;
                    assertStateIs(expected, folder);
                    CheckpointFolder.recover(folder);
                    assertEquals(number, Samples.numberOf(folder));
                    assertStateIs(expected, folder);
                    assertEquals(expected.state().isPresent() ? 5 : 3, names(folder).size(), () -> "left over: " + disk.log);
                    CheckpointFolder.save(folder, Samples.training(3), KillableDisk.reliable());
                    assertEquals(3, Samples.numberOf(folder));
                    deleteTree(folder);
                }
                assertTrue(olds > 0 && olds < operations, olds + " of " + operations);
            }
        }
    }

    private static void assertStateIs(CheckpointContents expected, Path folder) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(expected.state().isPresent(), checkpoint.state().isPresent());
        }
    }

    @Test
    void aFirstSaveThatIsKilledLeavesNothingOrTheWholeCheckpoint() throws Exception {
        int operations = operations(temp.resolve("probe"), Samples.training(1));
        int complete = 0;
        for (int i = 0; i < operations; i++) {
            Path folder = temp.resolve("first" + i);
            KillableDisk disk = KillableDisk.killedAt(i);
            assertThrows(KillableDisk.Killed.class, () -> CheckpointFolder.save(folder, Samples.training(1), disk));
            if (CheckpointFolder.exists(folder)) {
                assertEquals(1, Samples.numberOf(folder));
                complete++;
            } else {
                assertThrows(UserException.class, () -> Checkpoint.open(folder));
            }
        }
        assertTrue(complete > 0 && complete < operations, complete + " of " + operations);
    }

    @Test
    void aRecoveryThatIsItselfKilledLosesNothing() throws Exception {
        Path probe = temp.resolve("probe");
        CheckpointFolder.save(probe, Samples.training(1), KillableDisk.reliable());
        KillableDisk all = KillableDisk.reliable();
        CheckpointFolder.save(probe, Samples.model(2), all);
        for (int i = 0; i < all.log.size(); i++) {
            // Writes differ only in how much of one file is there, so the file's forcing stands for them.
            for (int j = 0; !all.log.get(i).startsWith("write"); j++) {
                Path folder = temp.resolve("y");
                CheckpointFolder.save(folder, Samples.training(1), KillableDisk.reliable());
                int stop = i;
                assertThrows(KillableDisk.Killed.class, () -> CheckpointFolder.save(folder, Samples.model(2), KillableDisk.killedAt(stop)));
                int number = Samples.numberOf(folder);
                KillableDisk second = KillableDisk.killedAt(j);
                boolean killed = false;
                try {
                    CheckpointFolder.LAYOUT.recover(folder, second);
                } catch (KillableDisk.Killed e) {
                    killed = true;
                }
                assertEquals(number, Samples.numberOf(folder));
                CheckpointFolder.recover(folder);
                assertEquals(number, Samples.numberOf(folder));
                assertFalse(Files.exists(CheckpointFolder.LAYOUT.partial(folder)));
                assertFalse(Files.exists(CheckpointFolder.LAYOUT.commit(folder)));
                deleteTree(folder);
                if (!killed) {
                    break;
                }
            }
        }
    }

    @Test
    void aDiskThatIsFullAtAnyOperationIsToldInOneSentence() throws Exception {
        int operations = operations(temp.resolve("probe"), Samples.training(2));
        int intact = 0;
        for (int i = 0; i < operations; i++) {
            Path folder = temp.resolve("z" + i);
            CheckpointFolder.save(folder, Samples.training(1), KillableDisk.reliable());
            KillableDisk disk = KillableDisk.fullAt(i);
            try {
                CheckpointFolder.save(folder, Samples.training(2), disk);
            } catch (UserException e) {
                assertTrue(e.getMessage().contains("No space left on device") && e.getMessage().endsWith("."), e.getMessage());
                assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
                if (e.getMessage().contains("could not be saved")) {
                    assertEquals(1, Samples.numberOf(folder));
                    assertEquals(5, names(folder).size(), "temporary files were left: " + disk.log);
                    intact++;
                } else {
                    assertEquals(2, Samples.numberOf(folder));
                }
            }
            assertTrue(disk.stopped() || i >= disk.log.size(), disk.log.toString());
            CheckpointFolder.save(folder, Samples.training(3), KillableDisk.reliable());
            assertEquals(3, Samples.numberOf(folder));
        }
        assertTrue(intact > 10, intact + " failures before the commit");
    }

    @Test
    void aFirstSaveOnAFullDiskLeavesNoFolder() {
        Path folder = temp.resolve("fresh");
        assertThrows(UserException.class, () -> CheckpointFolder.save(folder, Samples.model(1), KillableDisk.fullAt(4)));
        assertFalse(Files.exists(folder));
    }
}
