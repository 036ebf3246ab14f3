// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A rank's connections in the ring: from the rank before it and to the one after it, one each for sums and for copies, so that neither waits for the other.
 */
final class RingLinks {
    private static final long MAGIC = 0x6d69586564_01L;
    private static final int SUMS = 0;
    private static final int COPIES = 1;
    /** For the group to find out which rank a broken connection means. */
    private static final long NOTICED_NANOS = TimeUnit.SECONDS.toNanos(12);

    private final RankGroup group;
    private final List<RingLink> in;
    private final List<RingLink> out;

    private RingLinks(RankGroup group, List<RingLink> in, List<RingLink> out) {
        this.group = group;
        this.in = in;
        this.out = out;
    }

    /** Connects this rank with its neighbours; all ranks of the group call it at the same time. */
    static RingLinks connect(RankGroup group) {
        int before = (group.rank() + group.size() - 1) % group.size();
        int after = (group.rank() + 1) % group.size();
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(0))) {
            group.onLost(() -> closeQuietly(server));
            String mine = group.address() + " " + ((InetSocketAddress) server.getLocalAddress()).getPort();
            String[] next = new String(group.allGather(mine.getBytes(StandardCharsets.UTF_8)).get(after), StandardCharsets.UTF_8).split(" ");
            RingLink sums = connect(next, group.rank(), SUMS);
            RingLink copies = connect(next, group.rank(), COPIES);
            Map<Integer, RingLink> in = new HashMap<>();
            while (in.size() < 2) {
                accept(server, before, in);
            }
            return new RingLinks(group, List.of(in.get(SUMS), in.get(COPIES)), List.of(sums, copies));
        } catch (IOException e) {
            throw lost(group, e);
        }
    }

    private static RingLink connect(String[] address, int rank, int kind) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(address[0], Integer.parseInt(address[1])));
        RingLink link = new RingLink(channel);
        link.send(ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES).putLong(MAGIC).putInt(rank).putInt(kind).flip());
        return link;
    }

    /** Whoever else connects is turned away. */
    private static void accept(ServerSocketChannel server, int before, Map<Integer, RingLink> in) throws IOException {
        RingLink link = new RingLink(server.accept());
        ByteBuffer who = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES);
        try {
            link.receive(who);
        } catch (IOException e) {
            link.close();
            return;
        }
        int kind;
        if (who.getLong() != MAGIC || who.getInt() != before || (kind = who.getInt()) != SUMS && kind != COPIES || in.putIfAbsent(kind, link) != null) {
            link.close();
        }
    }

    private static void closeQuietly(ServerSocketChannel server) {
        try {
            server.close();
        } catch (IOException e) {
            // Nothing waits for it then.
        }
    }

    RingLink sumsIn() {
        return in.get(SUMS);
    }

    RingLink copiesIn() {
        return in.get(COPIES);
    }

    RingLink sumsOut() {
        return out.get(SUMS);
    }

    RingLink copiesOut() {
        return out.get(COPIES);
    }

    /** What a broken connection means, once the group knows. */
    RuntimeException lost(IOException broken) {
        close();
        return lost(group, broken);
    }

    private static RuntimeException lost(RankGroup group, IOException broken) {
        long since = System.nanoTime();
        try {
            while (System.nanoTime() - since < NOTICED_NANOS) {
                group.check();
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (RankLostException e) {
            e.addSuppressed(broken);
            return e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new RankLostException((group.rank() + 1) % group.size(), "Rank " + group.rank() + " lost its connection to rank "
                + (group.rank() + group.size() - 1) % group.size() + " or " + (group.rank() + 1) % group.size() + " (" + broken.getMessage()
                + "): the run can't go on.");
    }

    void close() {
        in.forEach(RingLink::close);
        out.forEach(RingLink::close);
    }
}
