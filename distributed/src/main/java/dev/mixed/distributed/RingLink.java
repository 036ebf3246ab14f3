// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** One direction of a connection between neighbours of the ring: this rank sends on it, or receives. */
final class RingLink {
    private static final int HEADER = 2 * Long.BYTES;

    private final SocketChannel channel;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);

    RingLink(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.channel = channel;
    }

    /** Sends what remains of a buffer. */
    void send(ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            channel.write(from);
        }
    }

    /** Fills a buffer from its start to its limit, and makes it ready to be read. */
    void receive(ByteBuffer to) throws IOException {
        to.rewind();
        while (to.hasRemaining()) {
            if (channel.read(to) < 0) {
                throw new EOFException("the other end has closed the connection");
            }
        }
        to.rewind();
    }

    /** Says what follows: the number of the call, and how many bytes or -1 for none. */
    void announce(long call, long bytes) throws IOException {
        header.clear().putLong(call).putLong(bytes).flip();
        send(header);
    }

    /**
     * What the neighbour {@linkplain #announce announces}: whether anything follows.
     *
     * @throws IllegalStateException if it is another call than this rank's
     */
    boolean expect(long call, long bytes) throws IOException {
        header.clear();
        receive(header);
        long theirs = header.getLong();
        long follow = header.getLong();
        if (theirs != call || follow >= 0 && follow != bytes) {
            throw new IllegalStateException("the ranks of a ring make different calls: number " + call + " over " + bytes + " bytes here, number " + theirs
                    + " over " + follow + " bytes there");
        }
        return follow >= 0;
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // It is of no more use either way.
        }
    }
}
