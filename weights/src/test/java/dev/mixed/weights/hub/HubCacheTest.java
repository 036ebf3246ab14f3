// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What several processes may do to the cache at once, here as threads. */
class HubCacheTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 300;
    @TempDir
    private Path folder;

    private HubCache cache() {
        return new HubCache(folder, new RepoId("org/model"));
    }

    private interface Work {
        void run(int round) throws Exception;
    }

    /** {@code work} in several threads, which start each round at the same moment; any failure of one of them is thrown. */
    private static void together(Work work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit(() -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        start.await();
                        try {
                            work.run(round);
                        } catch (Exception e) {
                            failure.set(e);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> future : running) {
                future.get();
            }
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    @Test
    void aCommitIsPutToUseByManyAtOnce() throws Exception {
        String commit = "a".repeat(40);
        Files.createDirectories(cache().folder(commit));
        together(_ -> {
            cache().use(commit);
            if (!cache().snapshot().equals(Optional.of(cache().folder(commit)))) {
                throw new IOException("the commit cannot be found while it is put to use");
            }
        });
        try (Stream<Path> files = Files.walk(folder)) {
            assertEquals(List.of("main"), files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void absentFilesAreRememberedByManyAtOnce() throws Exception {
        together(round -> cache().rememberAbsent("a".repeat(40), "file-" + round));
        assertTrue(cache().isKnownAbsent(cache().folder("a".repeat(40)), "file-0"));
    }

    @Test
    void anAbsenceThatCannotBeNotedIsAFailure() throws IOException {
        Path inTheWay = folder.resolve("models--org--model/.no_exist");
        Files.createDirectories(inTheWay.getParent());
        Files.writeString(inTheWay, "a file");
        assertThrows(IOException.class, () -> cache().rememberAbsent("a".repeat(40), "file"));
    }
}
