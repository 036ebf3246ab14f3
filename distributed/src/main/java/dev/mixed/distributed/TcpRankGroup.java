// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A group of processes: each has a connection to rank 0, on which messages, signs of life and bad news travel. Rank 0 watches all others, and they watch
 * it.
 */
final class TcpRankGroup implements RankGroup {
    /** So often does a waiting call look whether a rank was lost meanwhile. */
    private static final int LOOK_MILLIS = 50;

    /** Another rank at the end of a connection. */
    private record Peer(Joining who, ControlConnection connection) {
    }

    private final RankEnvironment environment;
    private final RankTimes times;
    private final String address;
    /** On rank 0 all others, in their order; elsewhere rank 0. */
    private final List<Peer> peers;
    private final @Nullable ServerSocket server;
    private final List<Runnable> lostActions = new ArrayList<>();
    private volatile @Nullable RankLostException lost;
    private @Nullable Runnable stopAction;
    private boolean stopAsked;
    private volatile boolean closed;
    private volatile boolean failed;

    private TcpRankGroup(RankEnvironment environment, RankTimes times, String address, List<Peer> peers, @Nullable ServerSocket server) {
        this.environment = environment;
        this.times = times;
        this.address = address;
        this.peers = peers;
        this.server = server;
    }

    /** Waits for all ranks to come together, see {@link RankGroup#join}. */
    static TcpRankGroup join(RankEnvironment environment, RankTimes times) {
        TcpRankGroup group = environment.rank() == 0 ? lead(environment, times) : follow(environment, times);
        for (Peer peer : group.peers) {
            daemon("mixed-rank-" + peer.who.rank(), () -> group.listen(peer));
        }
        daemon("mixed-ranks", group::watch);
        return group;
    }

    private static TcpRankGroup lead(RankEnvironment environment, RankTimes times) {
        ServerSocket server = Rendezvous.listen(environment);
        try {
            List<Peer> peers = Rendezvous.await(server, environment, times).stream().map(member -> new Peer(member.who(), member.connection())).toList();
            TcpRankGroup group = new TcpRankGroup(environment, times, environment.masterAddr(), peers, server);
            daemon("mixed-late-ranks", () -> group.turnAway(server));
            return group;
        } catch (RuntimeException e) {
            closeQuietly(server);
            throw e;
        }
    }

    private static TcpRankGroup follow(RankEnvironment environment, RankTimes times) {
        ControlConnection connection = Rendezvous.join(environment, times);
        Joining first = new Joining(0, environment.worldSize(), 0, environment.masterAddr(), environment.masterAddr());
        return new TcpRankGroup(environment, times, connection.localAddress(), List.of(new Peer(first, connection)), null);
    }

    private static void daemon(String name, Runnable work) {
        Thread.ofPlatform().daemon().name(name).start(work);
    }

    private void turnAway(ServerSocket late) {
        try {
            late.setSoTimeout(0);
            while (!closed) {
                Rendezvous.turnAway(late.accept(), environment);
            }
        } catch (IOException e) {
            // Closed, or out of use: nobody is waited for any more.
        }
    }

    @Override
    public int rank() {
        return environment.rank();
    }

    @Override
    public int size() {
        return environment.worldSize();
    }

    @Override
    public String address() {
        return address;
    }

    /** What arrives from another rank, for as long as it is there. */
    private void listen(Peer peer) {
        try {
            while (true) {
                Frame frame = peer.connection.read();
                switch (frame.kind()) {
                    case MESSAGE -> peer.connection.messages().add(frame.bytes());
                    case STOP -> stopAsked();
                    case FAILED -> lose(peer.who.rank(), frame.text());
                    case LOST -> {
                        String[] parts = frame.text().split(" ", 2);
                        lose(Integer.parseInt(parts[0]), parts[1]);
                    }
                    case BYE -> peer.connection.leave();
                    case BEAT, HELLO, WELCOME, REFUSED -> {
                        // A sign of life.
                    }
                }
            }
        } catch (IOException e) {
            if (!peer.connection.hasLeft() && !closed) {
                lose(peer.who.rank(), named(peer) + " has ended: the run can't go on.");
            }
        }
    }

    private static String named(Peer peer) {
        return peer.who.process() == 0 ? "Rank 0 (at " + peer.who.host() + ")" : "R" + peer.who.named().substring(1);
    }

    /** Sends signs of life, and looks for those of others. */
    private void watch() {
        long beat = times.beat().toNanos();
        long last = System.nanoTime();
        while (!closed && lost == null) {
            peers.stream().filter(peer -> !peer.connection.hasLeft()).forEach(peer -> peer.connection.sendIfPossible(Frame.of(Frame.Kind.BEAT)));
            try {
                TimeUnit.NANOSECONDS.sleep(beat);
            } catch (InterruptedException e) {
                return;
            }
            long now = System.nanoTime();
            if (now - last > 3 * beat) {
                // This process itself was stopped, or its machine asleep.
                peers.forEach(peer -> peer.connection.listenAnew());
            }
            last = now;
            for (Peer peer : peers) {
                if (now - peer.connection.heardAt() > times.silence().toNanos() && !peer.connection.hasLeft()) {
                    lose(peer.who.rank(), named(peer) + " has given no sign of life for " + times.silence().toSeconds()
                            + " s: it hangs, or its machine is out of reach, and the run can't go on.");
                }
            }
        }
    }

    private void lose(int rank, String sentence) {
        List<Runnable> actions;
        synchronized (lostActions) {
            if (lost != null || closed) {
                return;
            }
            lost = new RankLostException(rank, sentence);
            actions = List.copyOf(lostActions);
        }
        if (leads()) {
            peers.forEach(peer -> peer.connection.sendIfPossible(Frame.of(Frame.Kind.LOST, rank + " " + sentence)));
        }
        actions.forEach(action -> daemon("mixed-rank-lost", action));
    }

    @Override
    public void check() {
        RankLostException known = lost;
        if (known != null) {
            RankLostException here = new RankLostException(known.rank(), known.getMessage());
            here.addSuppressed(known);
            throw here;
        }
    }

    @Override
    public void onLost(Runnable action) {
        synchronized (lostActions) {
            if (lost == null) {
                lostActions.add(action);
                return;
            }
        }
        daemon("mixed-rank-lost", action);
    }

    @Override
    public byte[] broadcast(byte[] message) {
        if (leads()) {
            peers.forEach(peer -> send(peer, message));
            return message;
        }
        return take(peers.getFirst());
    }

    @Override
    public List<byte[]> gather(byte[] message) {
        if (!leads()) {
            send(peers.getFirst(), message);
            return List.of();
        }
        List<byte[]> all = new ArrayList<>();
        all.add(message);
        peers.forEach(peer -> all.add(take(peer)));
        return all;
    }

    @Override
    public List<byte[]> allGather(byte[] message) {
        List<byte[]> all = gather(message);
        return split(broadcast(leads() ? joined(all) : message));
    }

    private static byte[] joined(List<byte[]> all) {
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(all.stream().mapToLong(part -> (long) Integer.BYTES + part.length).sum()));
        all.forEach(part -> buffer.putInt(part.length).put(part));
        return buffer.array();
    }

    private static List<byte[]> split(byte[] joined) {
        ByteBuffer buffer = ByteBuffer.wrap(joined);
        List<byte[]> all = new ArrayList<>();
        while (buffer.hasRemaining()) {
            byte[] part = new byte[buffer.getInt()];
            buffer.get(part);
            all.add(part);
        }
        return all;
    }

    private void send(Peer peer, byte[] message) {
        check();
        try {
            peer.connection.send(new Frame(Frame.Kind.MESSAGE, message));
        } catch (IOException e) {
            // Its last words, if it sent any, are on their way.
            awaitLost();
            lose(peer.who.rank(), named(peer) + " has ended: the run can't go on.");
            check();
        }
    }

    private void awaitLost() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        while (lost == null && System.nanoTime() < end) {
            sleep(LOOK_MILLIS);
        }
    }

    private byte[] take(Peer peer) {
        while (true) {
            try {
                byte[] message = peer.connection.messages().poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (message != null) {
                    return message;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("waiting for another rank was interrupted", e);
            }
            check();
            if (peer.connection.hasLeft()) {
                lose(peer.who.rank(), named(peer) + " has left before the run was over.");
            }
        }
    }

    private static void sleep(int millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void requestStop() {
        if (leads()) {
            stopAsked();
        } else {
            peers.getFirst().connection.sendIfPossible(Frame.of(Frame.Kind.STOP));
        }
    }

    private void stopAsked() {
        Runnable action;
        synchronized (lostActions) {
            if (stopAsked) {
                return;
            }
            stopAsked = true;
            action = stopAction;
        }
        if (action != null) {
            daemon("mixed-stop", action);
        }
    }

    @Override
    public void onStop(Runnable action) {
        synchronized (lostActions) {
            stopAction = action;
            if (!stopAsked) {
                return;
            }
        }
        daemon("mixed-stop", action);
    }

    @Override
    public void fail(String sentence) {
        failed = true;
        Frame frame = Frame.of(Frame.Kind.FAILED, leads() ? "Rank 0: " + sentence : "Rank " + rank() + ": " + sentence);
        sendLast(frame);
    }

    /** Sends to all, and waits a little for it to be on its way. */
    private void sendLast(Frame frame) {
        List<Thread> sending = peers.stream().map(peer -> Thread.ofVirtual().start(() -> {
            try {
                peer.connection.send(frame);
            } catch (IOException e) {
                // It is gone already.
            }
        })).toList();
        for (Thread thread : sending) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (!failed && lost == null) {
            sendLast(Frame.of(Frame.Kind.BYE));
        } else if (leads() && lost != null) {
            // Others would take the end of the connection for what was lost.
            RankLostException known = lost;
            sendLast(new Frame(Frame.Kind.LOST, (known.rank() + " " + known.getMessage()).getBytes(StandardCharsets.UTF_8)));
        }
        closed = true;
        peers.forEach(peer -> peer.connection.close());
        if (server != null) {
            closeQuietly(server);
        }
    }

    private static void closeQuietly(ServerSocket server) {
        try {
            server.close();
        } catch (IOException e) {
            // It is of no more use either way.
        }
    }
}
