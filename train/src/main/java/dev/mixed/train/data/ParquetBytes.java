// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.hardwood.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A Parquet file whose parts are read, and not mapped: a mapped file that somebody cuts off meanwhile would end the process where it is read. */
final class ParquetBytes implements InputFile {
    private final Path file;
    private @Nullable FileChannel channel;

    ParquetBytes(Path file) {
        this.file = file;
    }

    @Override
    public synchronized void open() throws IOException {
        if (channel == null) {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        }
    }

    private synchronized FileChannel opened() throws IOException {
        if (channel == null) {
            throw new IOException("it is not open");
        }
        return channel;
    }

    /** Bytes from {@code offset} on, in direct memory, as the library's decompressors take them. An {@link EOFException} where the file has less. */
    @Override
    public ByteBuffer readRange(long offset, int length) throws IOException {
        FileChannel from = opened();
        if (offset < 0 || length < 0 || offset > from.size() - length) {
            throw new EOFException("it has no bytes " + offset + " to " + (offset + length));
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        while (bytes.hasRemaining()) {
            if (from.read(bytes, offset + bytes.position()) < 0) {
                throw new EOFException("it ended while it was read");
            }
        }
        return bytes.flip();
    }

    @Override
    public long length() throws IOException {
        return opened().size();
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public synchronized void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
