// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** The map of a file as a channel, for a library that reads those; it reads only, and closing it unmaps nothing. */
final class MappedChannel implements SeekableByteChannel {
    private final MemorySegment bytes;
    private long position;

    MappedChannel(MemorySegment bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read(ByteBuffer to) {
        int count = Math.clamp(bytes.byteSize() - position, 0, to.remaining());
        if (count == 0) {
            return to.hasRemaining() ? -1 : 0;
        }
        to.put(bytes.asSlice(position, count).asByteBuffer());
        position += count;
        return count;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long next) throws IOException {
        if (next < 0) {
            throw new IOException("a position before the file's start");
        }
        position = next;
        return this;
    }

    @Override
    public long size() {
        return bytes.byteSize();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {
        // The map belongs to whoever made it.
    }

    @Override
    public int write(ByteBuffer from) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }
}
