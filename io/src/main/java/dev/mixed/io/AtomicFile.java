// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a file whole or not at all, in the place of one that is there. */
public final class AtomicFile {
    private AtomicFile() {
    }

    /** Where a file is written before it gets its name: beside it, on the same disk. */
    public static Path partial(Path file) {
        return file.resolveSibling(file.getFileName() + ".partial");
    }

    /** Gives the bytes of a file. */
    public interface Body {
        /** Writes all bytes to {@code channel}. */
        void writeTo(WritableByteChannel channel) throws IOException;
    }

    /** Replaces {@code file}; where that fails, the previous one is intact. */
    public static void write(Path file, byte[] bytes) throws IOException {
        replace(file, partial -> Files.write(partial, bytes));
    }

    /** {@link #write(Path, byte[])} of bytes that need not be in memory together. */
    public static void write(Path file, Body body) throws IOException {
        replace(file, partial -> {
            try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                body.writeTo(channel);
            }
        });
    }

    private interface Writer {
        void write(Path partial) throws IOException;
    }

    private static void replace(Path file, Writer writer) throws IOException {
        Path partial = partial(file);
        try {
            writer.write(partial);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            partial.toFile().delete();
            throw e;
        }
    }
}
