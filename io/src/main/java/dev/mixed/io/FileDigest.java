// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Size and CRC-32C of a file's bytes, by which a damaged or exchanged file is recognised. */
public record FileDigest(long bytes, String crc32c) {

    private static final int BUFFER_BYTES = 1 << 20;

    /** A {@link UserException} unless {@code file} has this size and checksum. */
    public void check(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() != bytes) {
                LfsPointer.refuse(file);
                throw new UserException("'" + file + "' has " + channel.size() + " bytes but was saved with " + bytes
                        + "; restore the file or use another checkpoint.");
            }
            CRC32C crc = new CRC32C();
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
            while (channel.read(buffer.clear()) >= 0) {
                crc.update(buffer.flip());
            }
            if (!hex(crc).equals(crc32c)) {
                throw new UserException("'" + file + "' has the checksum " + hex(crc) + " but was saved with " + crc32c
                        + "; restore the file or use another checkpoint.");
            }
        } catch (IOException e) {
            throw new UserException("'" + file + "' cannot be read (" + IoReason.of(e) + "); check the path and its permissions.", e);
        }
    }

    private static String hex(CRC32C crc) {
        return String.format("%08x", crc.getValue());
    }

    /** Passes bytes on to another channel and digests them on the way. */
    public static final class Writer implements WritableByteChannel {
        private final WritableByteChannel to;
        private final CRC32C crc = new CRC32C();
        private long bytes;

        Writer(WritableByteChannel to) {
            this.to = to;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            ByteBuffer view = source.duplicate();
            int written = to.write(source);
            crc.update(view.limit(view.position() + written));
            bytes += written;
            return written;
        }

        FileDigest digest() {
            return new FileDigest(bytes, hex(crc));
        }

        @Override
        public boolean isOpen() {
            return to.isOpen();
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }
}
