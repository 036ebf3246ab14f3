// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Passes on the lines that others write to a file, from now on until it is closed. */
final class LogTail implements AutoCloseable {
    private static final long LOOK_MILLIS = 200;

    private final Path file;
    private final Consumer<String> lines;
    private final Thread thread;
    private volatile boolean closed;
    private long read;

    LogTail(Path file, Consumer<String> lines) {
        this.file = file;
        this.lines = lines;
        this.read = file.toFile().length();
        this.thread = new Thread(this::follow, "mixed-rank-0-log");
        thread.setDaemon(true);
        thread.start();
    }

    private void follow() {
        try {
            while (!closed) {
                pass();
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void pass() {
        if (!Files.exists(file)) {
            return;
        }
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            byte[] more = new byte[(int) Math.min(1 << 20, open.length() - read)];
            open.seek(read);
            open.readFully(more);
            int end = more.length;
            while (end > 0 && more[end - 1] != '\n') {
                end--;
            }
            read += end;
            new String(more, 0, end, StandardCharsets.UTF_8).lines().forEach(lines);
        } catch (IOException e) {
            // The next look may succeed, and the executor's log has the lines, too.
        }
    }

    /** Passes on what has come until now. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        pass();
    }
}
