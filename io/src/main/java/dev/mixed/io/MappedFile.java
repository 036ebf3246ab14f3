// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.BiFunction;

/** Opens files as memory maps, which may be larger than 2 GiB and cost no memory but for what is read. */
public final class MappedFile {

    private MappedFile() {
    }

    /**
     * What {@code reader} makes of the whole file's bytes and of the arena that it has to close at its end.
     *
     * @param kind what the file should be, for messages, for example "a safetensors file"
     * @throws UserException if the file cannot be read or is a Git LFS pointer; what the reader throws passes through, after unmapping
     */
    public static <T> T open(Path path, String kind, BiFunction<Arena, MemorySegment, T> reader) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new UserException("'" + path + "' is not a file; give the path of " + kind + ".");
        }
        @SuppressWarnings("MustBeClosedChecker") // what the reader returns closes it
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            LfsPointer.refuse(path.toString(), bytes);
            return reader.apply(arena, bytes);
        } catch (NoSuchFileException e) {
            arena.close();
            throw new UserException("'" + path + "' does not exist; check the path.", e);
        } catch (IOException e) {
            arena.close();
            throw new UserException("'" + path + "' cannot be read (" + IoReason.of(e) + "); check the path and its permissions.", e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }
}
