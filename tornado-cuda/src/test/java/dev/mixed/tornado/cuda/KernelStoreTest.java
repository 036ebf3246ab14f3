// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of kernels: damaged files are never used, a disk that takes nothing stops nobody, the folder stays within its limit. */
class KernelStoreTest {
    @TempDir
    private Path temp;

    private KernelStore store() {
        return new KernelStore(temp.resolve("mixed/kernels"), KernelStore.MAX_BYTES);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve("mixed/kernels"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void anotherProcessReadsWhatOneKept() {
        store().write("a", Samples.kernel(1));
        store().write("b", Samples.kernel(2));
        assertArrayEquals(Samples.kernel(2).binary(), store().read("b").orElseThrow().binary());
        assertEquals(Optional.empty(), store().read("c"));
        assertEquals(2, store().contents().kernels());
        assertTrue(store().contents().bytes() > 200);
    }

    @Test
    void aTruncatedFileIsDeletedAndKeptAnew() throws IOException {
        store().write("a", Samples.kernel(1));
        Path file = files().getFirst();
        Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 40));
        assertEquals(Optional.empty(), store().read("a"));
        assertFalse(Files.exists(file));
        store().write("a", Samples.kernel(1));
        assertTrue(store().read("a").isPresent());
    }

    @Test
    void aFlippedBitIsNeverUsed() throws IOException {
        store().write("a", Samples.kernel(1));
        Path file = files().getFirst();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
        assertEquals(Optional.empty(), store().read("a"));
    }

    @Test
    void aFolderThatCannotBeMadeStopsNobody() throws IOException {
        Files.writeString(temp.resolve("mixed"), "a file in the folder's place");
        store().write("a", Samples.kernel(1));
        assertEquals(Optional.empty(), store().read("a"));
        store().trim();
        assertEquals(new KernelStore.Contents(0, 0), store().contents());
    }

    @Test
    void whatWasUsedLongestAgoGoesFirst() throws IOException {
        KernelStore small = new KernelStore(temp.resolve("mixed/kernels"), 1000);
        for (int i = 0; i < 6; i++) {
            small.write("key" + i, Samples.kernel(i));
            for (Path file : files()) {
                Files.setLastModifiedTime(file, FileTime.from(Files.getLastModifiedTime(file).toInstant().minus(Duration.ofMinutes(1))));
            }
        }
        assertTrue(small.read("key0").isPresent());
        small.trim();
        assertTrue(small.contents().bytes() <= 900, small.contents().toString());
        assertTrue(small.read("key0").isPresent(), "it was just used");
        assertTrue(small.read("key5").isPresent(), "it is the newest of the others");
        assertEquals(Optional.empty(), small.read("key1"));
    }

    @Test
    void halfFilesOfKilledProcessesGoWhenTheyAreOld() throws IOException {
        store().write("a", Samples.kernel(1));
        Path old = Files.writeString(temp.resolve("mixed/kernels/1.partial"), "half");
        Path fresh = Files.writeString(temp.resolve("mixed/kernels/2.partial"), "of a process that still writes");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        store().trim();
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(fresh));
        assertEquals(1, store().contents().kernels());
    }
}
