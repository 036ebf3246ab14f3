// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.Disk;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Moments that are written before the rest of their checkpoint is known: they count with it, or leave nothing behind. */
@Timeout(60)
class BegunCheckpointTest {
    @TempDir
    private Path temp;
    private RunFolder folder;

    @BeforeEach
    void inAFolder() throws IOException {
        folder = new RunFolder(Files.createDirectory(temp.resolve("run")));
    }

    private static void begin(CheckpointSaver saver, int number) {
        CheckpointContents contents = Samples.training(number);
        saver.begin(number, contents.stateTensors(), contents.tensorBytes());
    }

    private static void save(CheckpointSaver saver, int number, boolean best) {
        saver.start(Samples.training(number), best);
        saver.await();
    }

    private static void saveBegun(CheckpointSaver saver, int number, boolean best) {
        begin(saver, number);
        save(saver, number, best);
    }

    private static Object inode(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** All files and folders, with their identities: what is replaced by its like has changed. */
    private static Set<List<Object>> tree(Path root) throws IOException {
        Set<List<Object>> tree = new HashSet<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                tree.add(List.of(path, inode(path)));
            }
        }
        return tree;
    }

    /** Tells when the moments are on the disk. */
    private static final class MomentsDisk extends Disk {
        private final CountDownLatch written = new CountDownLatch(1);

        @Override
        public Output create(Path file) throws IOException {
            Output out = super.create(file);
            return !file.endsWith(CheckpointFolder.STATE_TENSORS) ? out : new Output() {
                @Override
                public int write(ByteBuffer bytes) throws IOException {
                    return out.write(bytes);
                }

                @Override
                public void force() throws IOException {
                    out.force();
                    written.countDown();
                }

                @Override
                public boolean isOpen() {
                    return out.isOpen();
                }

                @Override
                public void close() throws IOException {
                    out.close();
                }
            };
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theMomentsAreWrittenOnceBeforeTheRestAndCountWithIt(int keep) throws Exception {
        save(new CheckpointSaver(folder, keep), 1, true);
        MomentsDisk disk = new MomentsDisk();
        CheckpointSaver saver = new CheckpointSaver(folder, keep, disk);
        begin(saver, 2);
        disk.written.await();
        Path first = keep == 1 ? folder.last() : folder.kept(2);
        Object moments = inode(CheckpointFolder.LAYOUT.partial(first).resolve(CheckpointFolder.STATE_TENSORS));
        assertEquals(1, Samples.numberOf(folder.last()));
        assertEquals(1, Samples.numberOf(folder.best()));
        assertEquals(Samples.training(2).stateTensors().size(), saver.begun(2).orElseThrow().size());
        assertTrue(saver.begun(1).isEmpty());
        save(saver, 2, true);
        assertTrue(saver.begun(2).isEmpty());
        assertEquals(2, saver.savedStep());
        assertEquals(2, Samples.numberOf(folder.last()));
        assertEquals(2, Samples.numberOf(folder.best()));
        assertEquals(2, Samples.numberOf(first));
        assertEquals(moments, inode(first.resolve(CheckpointFolder.STATE_TENSORS)));
        assertEquals(inode(folder.best().resolve("model.safetensors")), inode(folder.last().resolve("model.safetensors")));
    }

    /** As with a save that was not begun: the bytes are the same. */
    @Test
    void whatIsSavedIsTheSame() throws IOException {
        save(new CheckpointSaver(folder), 1, false);
        RunFolder other = new RunFolder(temp.resolve("other"));
        saveBegun(new CheckpointSaver(other), 1, false);
        try (Stream<Path> files = Files.list(folder.last())) {
            for (Path file : files.toList()) {
                assertEquals(-1, Files.mismatch(file, other.last().resolve(file.getFileName())), file.toString());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatIsNotCompletedLeavesNothing(int keep) throws IOException {
        CheckpointSaver saver = new CheckpointSaver(folder, keep);
        Set<List<Object>> empty = tree(folder.root());
        begin(saver, 1);
        saver.await();
        assertEquals(empty, tree(folder.root()));
        save(saver, 1, true);
        Set<List<Object>> one = tree(folder.root());
        begin(saver, 2);
        saver.await();
        assertEquals(one, tree(folder.root()));
        assertEquals(1, saver.savedStep());
        // Another step's moments are not this one's.
        begin(saver, 2);
        save(saver, 3, false);
        assertEquals(3, Samples.numberOf(folder.last()));
        assertFalse(Files.exists(folder.kept(2)));
        begin(saver, 4);
        saveBegun(saver, 5, false);
        assertEquals(5, Samples.numberOf(folder.last()));
        assertFalse(Files.exists(folder.kept(4)));
    }

    @Test
    void aFullDiskIsToldWhereTheMomentsAreNeededAndThePreviousCheckpointStays() throws IOException {
        save(new CheckpointSaver(folder), 1, true);
        Set<List<Object>> one = tree(folder.root());
        KillableDisk all = KillableDisk.reliable();
        CheckpointSaver probe = new CheckpointSaver(new RunFolder(temp.resolve("probe")), all);
        begin(probe, 2);
        probe.await();
        int moments = all.log.indexOf("force " + CheckpointFolder.STATE_TENSORS);
        for (int i = 0; i <= moments; i++) {
            CheckpointSaver saver = new CheckpointSaver(folder, KillableDisk.fullAt(i));
            begin(saver, 2);
            saver.await();
            assertEquals(one, tree(folder.root()), "not told of, as nobody needs it");
            CheckpointSaver again = new CheckpointSaver(folder, KillableDisk.fullAt(i));
            begin(again, 2);
            again.start(Samples.training(2), false);
            String message = assertThrows(UserException.class, again::await).getMessage();
            assertTrue(message.contains("could not be saved in '" + folder.last() + "' (No space left on device)"), message);
            assertEquals(one, tree(folder.root()));
        }
    }

    /** Killed at each operation, those before the rest is known included: each checkpoint is a whole one, and the best never older than the last. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aKillAtAnyOperationLeavesWholeOnes(int keep) {
        KillableDisk all = KillableDisk.reliable();
        RunFolder probe = new RunFolder(temp.resolve("probe"));
        save(new CheckpointSaver(probe, keep, KillableDisk.reliable()), 1, true);
        saveBegun(new CheckpointSaver(probe, keep, all), 2, true);
        assertEquals(Set.of(List.of(1, 1), List.of(2, 1), List.of(2, 2)),
                KilledSaves.leave(all.log, temp, (run, number, disk) -> save(new CheckpointSaver(run, keep, disk), number, true),
                        (run, number, disk) -> saveBegun(new CheckpointSaver(run, keep, disk), number, true)));
    }
}
