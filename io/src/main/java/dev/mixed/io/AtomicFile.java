package dev.mixed.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a file whole or not at all, in the place of one that is there. */
public final class AtomicFile {
    private AtomicFile() {
    }

    /** Where a file is written before it gets its name: beside it, on the same disk. */
    public static Path partial(Path file) {
        return file.resolveSibling(file.getFileName() + ".partial");
    }

    /** Replaces {@code file}; where that fails, the previous one is intact. */
    public static void write(Path file, byte[] bytes) throws IOException {
        Path partial = partial(file);
        try {
            Files.write(partial, bytes);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            partial.toFile().delete();
            throw e;
        }
    }
}
