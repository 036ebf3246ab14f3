// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Every file operation with which a save changes the disk, one method each, so that tests can stop or fail any single one. */
public class Disk {

    /** The disk itself. */
    public static final Disk REAL = new Disk();

    /** A file being written. */
    public interface Output extends WritableByteChannel {
        /** Returns once the bytes written so far would survive a power failure. */
        void force() throws IOException;
    }

    public Output create(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return new Output() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                return channel.write(bytes);
            }

            @Override
            public void force() throws IOException {
                channel.force(true);
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    public void createDirectories(Path folder) throws IOException {
        Files.createDirectories(folder);
    }

    /** Gives a file a second name; fails where the file system has no such names, or the two would lie on different ones. */
    public void link(Path existing, Path name) throws IOException {
        try {
            Files.createLink(name, existing);
        } catch (UnsupportedOperationException e) {
            throw new IOException("this file system has no hard links", e);
        }
    }

    /** Moves within one file system in a single step, replacing a file of the new name. */
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    /** Makes the folder's own entries (created, renamed, deleted names) durable. */
    public void sync(Path folder) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(folder, StandardOpenOption.READ);
        } catch (IOException e) {
            return; // Some systems cannot open a folder; there, renames are as durable as they will be.
        }
        try (channel) {
            channel.force(true);
        }
    }
}
