// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.io.UserException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** How the ranks of a run find each other: rank 0 listens at MASTER_ADDR:MASTER_PORT, and all others come there. */
final class Rendezvous {
    /** Between two attempts to reach a rank 0 that may not have started. */
    private static final int AGAIN_MILLIS = 100;
    private static final int CONNECT_MILLIS = 5_000;
    /** A rank that has connected says at once who it is. */
    private static final int HELLO_MILLIS = 5_000;

    private Rendezvous() {
    }

    /** Another rank, as rank 0 has it. */
    record Member(Joining who, ControlConnection connection) {
    }

    /** The port on which rank 0 listens; a {@link UserException} where it can't be had. */
    static ServerSocket listen(RankEnvironment environment) {
        try {
            ServerSocket server = new ServerSocket();
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(environment.masterPort()), environment.worldSize() + 16);
            return server;
        } catch (IOException e) {
            throw new UserException("Rank 0 can't listen on port " + environment.masterPort() + " (" + e.getMessage()
                    + "); set MASTER_PORT to a free one, the same for all ranks.", e);
        }
    }

    /** Waits on rank 0 until all others have joined; in the order of ranks, from 1 on. */
    static List<Member> await(ServerSocket server, RankEnvironment environment, RankTimes times) {
        @Nullable Member[] joined = new @Nullable Member[environment.worldSize()];
        int missing = environment.worldSize() - 1;
        long end = System.nanoTime() + times.join().toNanos();
        try {
            while (missing > 0) {
                ControlConnection connection = accept(server, end);
                if (connection == null) {
                    throw late(joined, environment, times);
                }
                Joining who = hello(connection);
                if (who == null) {
                    continue;
                }
                if (who.worldSize() != environment.worldSize()) {
                    throw refuse(connection, who.named() + " was started with WORLD_SIZE " + who.worldSize() + " and rank 0 with " + environment.worldSize()
                            + ": start all ranks with the same.");
                }
                if (who.rank() == 0) {
                    throw refuse(connection, "Two ranks have RANK 0: that which listens on port " + environment.masterPort() + ", and process " + who.process()
                            + " on " + who.host() + "; number them from 0 to WORLD_SIZE - 1.");
                }
                Member before = joined[who.rank()];
                if (before != null) {
                    throw refuse(connection, "Two ranks have RANK " + who.rank() + ": process " + before.who.process() + " on " + before.who.host()
                            + ", and process " + who.process() + " on " + who.host() + "; number them from 0 to WORLD_SIZE - 1.");
                }
                joined[who.rank()] = new Member(who, connection);
                missing--;
            }
            List<Member> members = new ArrayList<>();
            for (int rank = 1; rank < joined.length; rank++) {
                Member member = joined[rank];
                if (member != null) {
                    member.connection.send(Frame.of(Frame.Kind.WELCOME));
                    members.add(member);
                }
            }
            return members;
        } catch (UserException e) {
            refuseAll(joined, e.getMessage());
            throw e;
        } catch (IOException e) {
            UserException told = new UserException("Rank 0 can't take in the others on port " + environment.masterPort() + " (" + e.getMessage()
                    + "); start all ranks again.", e);
            refuseAll(joined, told.getMessage());
            throw told;
        }
    }

    private static void refuseAll(@Nullable Member[] joined, String sentence) {
        for (Member member : joined) {
            if (member != null) {
                refuse(member.connection, sentence);
            }
        }
    }

    private static UserException refuse(ControlConnection connection, String sentence) {
        String capital = Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
        try {
            connection.send(Frame.of(Frame.Kind.REFUSED, capital));
        } catch (IOException e) {
            // It is told here all the same.
        }
        return new UserException(capital);
    }

    /** Turns away whoever comes once all ranks are there. */
    static void turnAway(Socket socket, RankEnvironment environment) {
        try {
            ControlConnection connection = new ControlConnection(socket);
            Joining who = hello(connection);
            if (who != null) {
                refuse(connection, who.named() + " is late: the " + environment.worldSize() + " ranks of the run at " + environment.masterAddr() + ":"
                        + environment.masterPort() + " are at work already; give a new run another MASTER_PORT.");
            }
            connection.close();
        } catch (IOException e) {
            // It has gone by itself.
        }
    }

    /** Null when time is up. */
    private static @Nullable ControlConnection accept(ServerSocket server, long end) throws IOException {
        long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (millis <= 0) {
            return null;
        }
        server.setSoTimeout((int) Math.min(Integer.MAX_VALUE, millis));
        try {
            return new ControlConnection(server.accept());
        } catch (SocketTimeoutException e) {
            return null;
        }
    }

    /** Null for whoever is no rank of this version. */
    private static @Nullable Joining hello(ControlConnection connection) {
        try {
            connection.waitAtMost(HELLO_MILLIS);
            Frame frame = connection.read();
            connection.waitAtMost(0);
            return Joining.parse(frame.text());
        } catch (IOException e) {
            connection.close();
            return null;
        } catch (IllegalArgumentException e) {
            refuse(connection, "The ranks are of different versions of miXed (" + e.getMessage() + "); start all ranks with the same.");
            connection.close();
            return null;
        }
    }

    private static UserException late(@Nullable Member[] joined, RankEnvironment environment, RankTimes times) {
        List<String> missing = IntStream.range(1, joined.length).filter(rank -> joined[rank] == null).limit(8).mapToObj(String::valueOf).toList();
        return new UserException("Of " + environment.worldSize() + " ranks, " + missing.stream().collect(Collectors.joining(", "))
                + (missing.size() == 1 ? " has" : " have") + " not come to " + environment.masterAddr() + ":" + environment.masterPort() + " within "
                + times.join().toSeconds() + " s: see in their logs whether they started, and whether that address reaches rank 0; then start all again.");
    }

    /** Goes to rank 0, on another rank, and waits there until all have come. */
    static ControlConnection join(RankEnvironment environment, RankTimes times) {
        long end = System.nanoTime() + times.join().toNanos();
        ControlConnection connection = connect(environment, times, end);
        try {
            connection.send(Frame.of(Frame.Kind.HELLO, Joining.of(environment, connection.localAddress()).text()));
            connection.waitAtMost((int) Math.min(Integer.MAX_VALUE, times.join().plusSeconds(10).toMillis()));
            Frame answer = connection.read();
            if (answer.kind() == Frame.Kind.REFUSED) {
                throw new UserException(answer.text());
            }
            connection.waitAtMost(0);
            return connection;
        } catch (IOException e) {
            connection.close();
            throw new UserException("Rank 0 at " + environment.masterAddr() + ":" + environment.masterPort() + " has ended before all ranks had come ("
                    + e.getMessage() + "); its own log says why.", e);
        } catch (UserException e) {
            connection.close();
            throw e;
        }
    }

    private static ControlConnection connect(RankEnvironment environment, RankTimes times, long end) {
        while (true) {
            Socket socket = new Socket();
            try {
                InetSocketAddress address = new InetSocketAddress(environment.masterAddr(), environment.masterPort());
                if (address.isUnresolved()) {
                    throw new UnknownHostException("no such host");
                }
                socket.connect(address, CONNECT_MILLIS);
                return new ControlConnection(socket);
            } catch (IOException e) {
                closeQuietly(socket);
                if (System.nanoTime() > end) {
                    throw new UserException("Rank " + environment.rank() + " could not reach rank 0 at " + environment.masterAddr() + ":"
                            + environment.masterPort() + " within " + times.join().toSeconds() + " s (" + (e instanceof ConnectException ? "connection refused"
                                    : e.getMessage())
                            + "): start rank 0 there, and let MASTER_ADDR and MASTER_PORT name it.", e);
                }
                pause();
            }
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It was never open.
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException("Joining the other ranks was interrupted; start all ranks again.", e);
        }
    }
}
