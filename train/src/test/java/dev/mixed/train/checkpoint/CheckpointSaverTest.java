// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.Disk;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that are saved while training goes on: in order, whole, and with every failure told. */
@Timeout(60)
class CheckpointSaverTest {
    @TempDir
    private Path temp;
    private RunFolder folder;

    @BeforeEach
    void inAFolder() {
        folder = new RunFolder(temp.resolve("run"));
    }

    private static Object inode(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** A disk that makes no file before it is told to go on. */
    private static final class HeldDisk extends Disk {
        private final CountDownLatch goOn = new CountDownLatch(1);

        @Override
        public Output create(Path file) throws IOException {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return super.create(file);
        }
    }

    @Test
    void trainingGoesOnWhileItSavesAndTheNextSaveWaits() throws InterruptedException {
        HeldDisk disk = new HeldDisk();
        CheckpointSaver saver = new CheckpointSaver(folder, disk);
        saver.start(Samples.training(1), true);
        saver.check();
        assertTrue(saver.saving());
        assertEquals(-1, saver.savedStep());
        assertFalse(CheckpointFolder.exists(folder.best()));
        Thread next = new Thread(() -> saver.start(Samples.training(2), false));
        next.start();
        next.join(50);
        assertTrue(next.isAlive(), "the second save began before the first was done");
        disk.goOn.countDown();
        next.join();
        saver.await();
        assertFalse(saver.saving());
        assertEquals(2, saver.savedStep());
        assertEquals(1, Samples.numberOf(folder.best()));
        assertEquals(2, Samples.numberOf(folder.last()));
    }

    @Test
    void aFailureIsToldOnceOnTheThreadThatAsksAndThePreviousCheckpointStays() throws InterruptedException {
        CheckpointFolder.save(folder.last(), Samples.training(1));
        CheckpointSaver saver = new CheckpointSaver(folder, KillableDisk.fullAt(4));
        saver.resumedAt(1);
        saver.start(Samples.training(2), true);
        UserException e = null;
        while (e == null) {
            try {
                saver.check();
                Thread.sleep(1);
            } catch (UserException told) {
                e = told;
            }
        }
        assertTrue(e.getMessage().contains("could not be saved in '" + folder.best() + "' (No space left on device)"), e.getMessage());
        assertDoesNotThrow(saver::check);
        assertDoesNotThrow(saver::await);
        assertEquals(1, saver.savedStep());
        assertEquals(1, Samples.numberOf(folder.last()));
        saver.start(Samples.training(3), false);
        assertThrows(UserException.class, () -> saver.start(Samples.training(4), false));
    }

    @Test
    void anErrorIsNotSwallowed() {
        CheckpointSaver saver = new CheckpointSaver(folder, KillableDisk.killedAt(3));
        saver.start(Samples.training(1), false);
        assertThrows(KillableDisk.Killed.class, saver::await);
    }

    @Test
    void anInterruptedThreadWaitsAllTheSameAndStaysInterrupted() {
        CheckpointSaver saver = new CheckpointSaver(folder);
        saver.start(Samples.training(1), true);
        Thread.currentThread().interrupt();
        saver.await();
        assertTrue(Thread.interrupted());
        assertEquals(1, saver.savedStep());
    }

    /** The last checkpoint shares the best one's weights: it may be written meanwhile, but not count before. */
    @Test
    void theLastIsWrittenBesideTheBestAndCountsAfterIt() throws InterruptedException {
        CountDownLatch moments = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CheckpointSaver saver = new CheckpointSaver(folder, new Disk() {
            @Override
            public Output create(Path file) throws IOException {
                if (file.endsWith(CheckpointFolder.STATE_TENSORS)) {
                    moments.countDown();
                } else if (file.startsWith(folder.best()) && !file.startsWith(folder.last())) {
                    awaitUninterrupted(goOn);
                }
                return super.create(file);
            }
        });
        saver.start(Samples.training(1), true);
        awaitUninterrupted(moments);
        assertFalse(CheckpointFolder.exists(folder.last()));
        Thread.sleep(20);
        assertFalse(CheckpointFolder.exists(folder.last()), "the last counts before the best");
        goOn.countDown();
        saver.await();
        assertEquals(1, Samples.numberOf(folder.best()));
        assertEquals(1, Samples.numberOf(folder.last()));
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The weights of an epoch that is the best are written once, under two names that part ways at the next save of either. */
    @Test
    void theWeightsOfTheBestEpochAreWrittenOnce() throws IOException {
        Path best = folder.best().resolve("model.safetensors");
        Path last = folder.last().resolve("model.safetensors");
        CheckpointSaver saver = new CheckpointSaver(folder);
        saver.start(Samples.training(1), true);
        saver.await();
        assertEquals(inode(best), inode(last));
        saver.start(Samples.training(2), false);
        saver.await();
        assertNotEquals(inode(best), inode(last));
        assertEquals(1, Samples.numberOf(folder.best()));
        assertEquals(2, Samples.numberOf(folder.last()));
        saver.start(Samples.training(3), true);
        saver.await();
        assertEquals(3, Samples.numberOf(folder.best()));
        assertEquals(3, Samples.numberOf(folder.last()));
        CheckpointFolder.clear(folder.best());
        assertEquals(3, Samples.numberOf(folder.last()));
    }

    @Test
    void whereAFileCanHaveNoSecondNameTheBytesAreWritten() throws IOException {
        CheckpointSaver saver = new CheckpointSaver(folder, new Disk() {
            @Override
            public void link(Path existing, Path name) throws IOException {
                throw new IOException("Operation not permitted");
            }
        });
        saver.start(Samples.training(1), true);
        saver.await();
        assertNotEquals(inode(folder.best().resolve("model.safetensors")), inode(folder.last().resolve("model.safetensors")));
        assertEquals(1, Samples.numberOf(folder.best()));
        assertEquals(1, Samples.numberOf(folder.last()));
    }

    /** Killed at each operation of a save of both: each of them is a whole one, and the best never older than what the last knows of. */
    @Test
    void aSaveOfBothKilledAtAnyOperationLeavesWholeOnes() {
        KillableDisk all = KillableDisk.reliable();
        RunFolder probe = new RunFolder(temp.resolve("probe"));
        save(probe, 1, KillableDisk.reliable());
        save(probe, 2, all);
        assertTrue(all.log.stream().anyMatch(o -> o.startsWith("link model.safetensors")), all.log.toString());
        assertEquals(Set.of(List.of(1, 1), List.of(2, 1), List.of(2, 2)),
                KilledSaves.leave(all.log, temp, CheckpointSaverTest::save, CheckpointSaverTest::save));
    }

    private static void save(RunFolder run, int number, Disk disk) {
        CheckpointSaver saver = new CheckpointSaver(run, disk);
        saver.start(Samples.training(number), true);
        saver.await();
    }

    private Set<Long> kept() {
        return folder.kept().keySet();
    }

    @Test
    void keepsTheLatestUnderTheirStepsWithTheirWeightsOnTheDiskOnce() throws IOException {
        CheckpointSaver saver = new CheckpointSaver(folder, 2);
        for (int step = 1; step <= 3; step++) {
            saver.start(Samples.training(step), step == 1);
            saver.await();
        }
        assertEquals(Set.of(2L, 3L), kept());
        assertEquals(2, Samples.numberOf(folder.kept(2)));
        assertEquals(3, Samples.numberOf(folder.kept(3)));
        assertEquals(3, Samples.numberOf(folder.last()));
        assertEquals(1, Samples.numberOf(folder.best()));
        assertEquals(inode(folder.last().resolve("model.safetensors")), inode(folder.kept(3).resolve("model.safetensors")));
        assertTrue(folder.holds(folder.kept(3)) && folder.holds(folder.last()) && !folder.holds(folder.kept(1)));
        // A run that has gone on from an earlier step than it had reached knows nothing of what it would do later.
        Files.writeString(folder.kept(3).resolve("notes.txt"), "mine");
        saver.start(Samples.training(2), false);
        saver.await();
        assertEquals(2, Samples.numberOf(folder.last()));
        assertFalse(CheckpointFolder.exists(folder.kept(3)));
        assertTrue(Files.exists(folder.kept(3).resolve("notes.txt")));
        folder.clear();
        assertEquals(Set.of(3L), kept());
        assertFalse(Files.exists(folder.kept(2)));
    }

    /** Wherever a save is killed, there is a whole last checkpoint and, where several are kept, a whole one under each step but perhaps the new. */
    @Test
    void aKillWhileSeveralAreKeptLosesNone() throws IOException {
        KillableDisk all = KillableDisk.reliable();
        CheckpointSaver probe = new CheckpointSaver(new RunFolder(temp.resolve("probe")), 2, all);
        probe.start(Samples.training(2), true);
        probe.await();
        int news = 0;
        int kills = 0;
        for (int i = 0; i < all.log.size(); i++) {
            if (all.log.get(i).startsWith("write")) {
                continue;
            }
            folder = new RunFolder(temp.resolve("x" + i));
            CheckpointSaver before = new CheckpointSaver(folder, 2, KillableDisk.reliable());
            before.start(Samples.training(1), true);
            before.await();
            CheckpointSaver saver = new CheckpointSaver(folder, 2, KillableDisk.killedAt(i));
            saver.start(Samples.training(2), true);
            try {
                saver.await();
                continue;
            } catch (KillableDisk.Killed e) {
                kills++;
            }
            folder.recover();
            int last = Samples.numberOf(folder.last());
            news += last - 1;
            assertEquals(1, Samples.numberOf(folder.kept(1)));
            if (last == 2 || CheckpointFolder.exists(folder.kept(2))) {
                assertEquals(2, Samples.numberOf(folder.kept(2)));
            }
            CheckpointSaver again = new CheckpointSaver(folder, 2, KillableDisk.reliable());
            again.start(Samples.training(2), true);
            again.await();
            assertEquals(Set.of(1L, 2L), kept());
            assertEquals(2, Samples.numberOf(folder.kept(2)));
        }
        assertTrue(kills > 20 && news > 0 && news < kills, news + " of " + kills);
    }
}
