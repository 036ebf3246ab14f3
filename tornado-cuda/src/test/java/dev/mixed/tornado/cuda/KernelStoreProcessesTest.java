// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes on one folder: two that write the same kernels at once, some that are killed while they write, and a full disk. */
class KernelStoreProcessesTest {
    private static final int KEYS = 40;

    @TempDir
    private Path temp;

    /** Writes all kernels over and over, until it is killed. */
    static final class Writer {
        public static void main(String[] args) {
            KernelStore store = new KernelStore(Path.of(args[0]), KernelStore.MAX_BYTES);
            for (int i = 0;; i++) {
                store.write("key" + i % KEYS, Samples.kernel(i % KEYS));
            }
        }
    }

    private Process writer(Path folder) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-cp", classPath, Writer.class.getName(), folder.toString())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    /** Reads all keys, and returns how many were there; whatever is there is right. */
    private static int readAll(KernelStore store) {
        int found = 0;
        for (int i = 0; i < KEYS; i++) {
            Optional<StoredKernel> kernel = store.read("key" + i);
            if (kernel.isPresent()) {
                assertArrayEquals(Samples.kernel(i).binary(), kernel.get().binary(), "key" + i);
                found++;
            }
        }
        return found;
    }

    private static long finished(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".kernel")).count();
        }
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void killedWritersLeaveNoDamagedKernel() throws Exception {
        KernelStore store = new KernelStore(temp, KernelStore.MAX_BYTES);
        List<Process> writers = new ArrayList<>(List.of(writer(temp), writer(temp)));
        try {
            while (readAll(store) < KEYS) {
                assertTrue(writers.stream().allMatch(Process::isAlive), "a writer ended by itself");
            }
            // Both write, this process reads, and one after the other is killed somewhere in a write.
            for (int kill = 0; kill < 6; kill++) {
                assertEquals(KEYS, readAll(store));
                writers.get(kill % 2).destroyForcibly().waitFor();
                writers.set(kill % 2, writer(temp));
            }
        } finally {
            writers.forEach(Process::destroyForcibly);
            for (Process writer : writers) {
                writer.waitFor();
            }
        }
        assertEquals(KEYS, readAll(store));
        assertEquals(KEYS, finished(temp), "a damaged one would have been deleted");
    }

    @Test
    void aFullDiskKeepsWhatFitsAndNothingHalf() throws Exception {
        Path disk = Files.createDirectory(temp.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk.toString()), "cannot mount a tmpfs here (needs root): skipped");
        try {
            KernelStore store = new KernelStore(disk, KernelStore.MAX_BYTES);
            for (int i = 0; i < KEYS; i++) {
                store.write("key" + i, Samples.kernel(i));
            }
            int kept = readAll(store);
            assertTrue(kept > 0 && kept < KEYS, kept + " fit");
            try (Stream<Path> files = Files.list(disk)) {
                assertEquals(kept, files.count());
            }
        } finally {
            run("umount", disk.toString());
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
