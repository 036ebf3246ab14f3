// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.spark.process.MixedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingFolderTest {
    @TempDir
    Path temp;

    @Test
    void saysWhyTheLastAttemptFailedFirst() throws IOException {
        TrainingFolder folder = TrainingFolder.of(temp.toUri().toString());
        assertEquals(temp.toString(), folder.path());
        folder.prepare(false);
        assertEquals(Optional.empty(), folder.failure());
        folder.fail(0, 0, "first");
        folder.fail(1, 1, RankFailure.FINAL + "second");
        assertTrue(temp.resolve("ranks/failed-1-1").toFile().setLastModified(1000));
        folder.fail(1, 0, "third");
        assertEquals(Optional.of(RankFailure.FINAL + "second"), folder.failure());
        assertTrue(RankFailure.isFinal(folder.failure().orElseThrow()));
        assertEquals("second", RankFailure.sentence(folder.failure().orElseThrow()));
        folder.prepare(false);
        assertEquals(Optional.empty(), folder.failure());
    }

    @Test
    void isResumedOnlyWhereThereIsARunAndStartedOnlyWhereThereIsNone() throws IOException {
        TrainingFolder folder = TrainingFolder.of(temp.toString());
        assertThrows(MixedException.class, () -> folder.prepare(true));
        assertThrows(MixedException.class, folder::requireShared);
        Files.createFile(Files.createDirectory(temp.resolve("data")).resolve("_SUCCESS"));
        Files.createFile(Files.createDirectory(temp.resolve("run")).resolve("run.yaml"));
        folder.prepare(true);
        folder.requireShared();
        assertFalse(folder.canResume());
        assertThrows(MixedException.class, () -> folder.prepare(false));
        folder.removeData();
        assertFalse(Files.exists(temp.resolve("data")));
    }
}
