// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** What a rank other than the first prints: kept until the run has a folder, and then written to a file there. */
final class RankLog extends OutputStream {
    private ByteArrayOutputStream early = new ByteArrayOutputStream();
    private @Nullable OutputStream file;

    /** Name of the file of a rank. */
    static String fileName(int rank) {
        return "rank-" + rank + ".log";
    }

    /** From here on, writes to a file, after what it holds already. Where it can't be written, what is printed is kept for nobody. */
    synchronized void writeTo(Path path) {
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
            OutputStream opened = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            early.writeTo(opened);
            early = new ByteArrayOutputStream();
            file = opened;
        } catch (IOException e) {
            // A rank trains without a log, too, as where its machine does not have the folder.
        }
    }

    @Override
    public synchronized void write(int b) throws IOException {
        (file == null ? early : file).write(b);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) throws IOException {
        (file == null ? early : file).write(bytes, from, count);
    }

    @Override
    public synchronized void flush() throws IOException {
        if (file != null) {
            file.flush();
        }
    }
}
