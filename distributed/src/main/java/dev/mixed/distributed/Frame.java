// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What ranks and rank 0 send each other on their connection: a kind, and bytes that mean what it says.
 *
 * @param bytes a message, or a text in UTF-8
 */
record Frame(Kind kind, byte[] bytes) {
    /** What a frame is. */
    enum Kind {
        /** Who joins, as {@link Joining} writes it. */
        HELLO(1),
        /** All have joined: nothing, or what rank 0 knows of the others. */
        WELCOME(2),
        /** Why a rank can't join: a sentence. */
        REFUSED(3),
        /** A sign of life. */
        BEAT(4),
        /** A part of a call that all ranks make. */
        MESSAGE(5),
        /** The wish to end the run in order. */
        STOP(6),
        /** Why the sender can't go on: a sentence. */
        FAILED(7),
        /** That a rank is lost: its number, a blank, and a sentence. */
        LOST(8),
        /** The sender leaves in order. */
        BYE(9);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        private static @Nullable Kind of(int code) {
            return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst().orElse(null);
        }
    }

    private static final byte[] NOTHING = {};
    /** "miXe": whatever else connects to the port is no rank. */
    private static final int MAGIC = 0x6d695865;
    /** A frame is a message of the host: results of a share of a data set at most. */
    private static final int MOST_BYTES = Integer.MAX_VALUE - 64;

    static Frame of(Kind kind) {
        return new Frame(kind, NOTHING);
    }

    static Frame of(Kind kind, String text) {
        return new Frame(kind, text.getBytes(StandardCharsets.UTF_8));
    }

    String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(MAGIC);
        out.writeByte(kind.code);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    /** The next frame; an {@link IOException} where the connection ends, or whoever is there is no rank. */
    static Frame read(DataInputStream in) throws IOException {
        int magic = in.readInt();
        Kind kind = magic == MAGIC ? Kind.of(in.readUnsignedByte()) : null;
        int length = kind == null ? -1 : in.readInt();
        if (kind == null || length < 0 || length > MOST_BYTES) {
            throw new IOException("what answers there is no rank of miXed");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IOException("the connection ended within a message");
        }
        return new Frame(kind, bytes);
    }
}
