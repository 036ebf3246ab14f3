// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UserException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** How ranks come together, talk, and learn that one of them is gone: one sentence each. */
class RankGroupTest {
    private static final RankTimes SHORT = new RankTimes(Duration.ofMillis(400), Duration.ofSeconds(20));

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void messagesReachWhomTheyAreFor() throws Exception {
        List<String> heard = RankThreads.run(4, group -> {
            String mine = "from " + group.rank();
            StringBuilder all = new StringBuilder(text(group.broadcast(bytes(mine))));
            group.allGather(bytes(mine)).forEach(message -> all.append(", ").append(text(message)));
            List<byte[]> gathered = group.gather(bytes(mine));
            assertEquals(group.leads() ? 4 : 0, gathered.size());
            group.barrier();
            return all.toString();
        });
        heard.forEach(all -> assertEquals("from 0, from 0, from 1, from 2, from 3", all));
    }

    @Test
    void anyRankMayAskForTheEnd() throws Exception {
        RankThreads.run(3, group -> {
            CountDownLatch asked = new CountDownLatch(1);
            if (group.leads()) {
                group.onStop(asked::countDown);
            }
            if (group.rank() == 2) {
                group.requestStop();
            }
            if (group.leads()) {
                assertTrue(asked.await(10, TimeUnit.SECONDS));
            }
            group.barrier();
            return null;
        });
    }

    @Test
    void lastWordsAreTold() throws Exception {
        int port = RankThreads.freePort();
        var outcomes = RankThreads.<String>outcomes(3, rank -> {
            try (RankGroup group = RankGroup.join(RankThreads.environment(rank, 3, port), RankThreads.TIMES)) {
                if (rank == 1) {
                    group.fail("'data.csv' cannot be read; check the path.");
                    return "failed";
                }
                group.barrier();
                return "all there";
            }
        });
        for (int rank : new int[] {0, 2}) {
            RankLostException lost = (RankLostException) outcomes.get(rank).problem();
            assertEquals("Rank 1: 'data.csv' cannot be read; check the path.", lost.getMessage());
            assertEquals(1, lost.rank());
        }
    }

    @Test
    void whoLeavesTooSoonIsMissed() throws Exception {
        int port = RankThreads.freePort();
        var outcomes = RankThreads.<String>outcomes(2, rank -> {
            try (RankGroup group = RankGroup.join(RankThreads.environment(rank, 2, port), RankThreads.TIMES)) {
                if (rank == 0) {
                    group.barrier();
                }
                return "left";
            }
        });
        assertTrue(outcomes.get(0).problem().getMessage().matches("Rank 1 \\(process \\d+ on .*\\) has left before the run was over\\."),
                outcomes.get(0).problem().getMessage());
    }

    /** A rank whose process was killed, and one that takes no part any more without having ended. */
    @Test
    void aDeadRankAndAHungOneAreNamedAndWaitingSumsEnd() throws Exception {
        for (boolean hangs : new boolean[] {false, true}) {
            int port = RankThreads.freePort();
            RankTimes times = new RankTimes(Duration.ofSeconds(30), Duration.ofSeconds(1));
            var outcomes = RankThreads.<String>outcomes(3, rank -> {
                if (rank == 2) {
                    try (Socket socket = impostor(port, 2, 3)) {
                        // The ring's addresses are exchanged by way of rank 0; this one never connects to anything.
                        frame(socket, Frame.Kind.MESSAGE, "127.0.0.1 " + port);
                        if (hangs) {
                            assertEquals(-1, readToEnd(socket));
                        }
                        return "gone";
                    }
                }
                try (RankGroup group = RankGroup.join(RankThreads.environment(rank, 3, port), times);
                        Device device = JvmDevice.open(1);
                        Collective ring = RingCollective.open(group, false)) {
                    ring.allReduce(List.of(Tensor.of(device, Shape.of(1), 1f)), true);
                    return "summed";
                }
            });
            String end = hangs ? "has given no sign of life for 1 s: it hangs, or its machine is out of reach, and the run can't go on."
                    : "has ended: the run can't go on.";
            for (int rank : new int[] {0, 1}) {
                assertEquals("Rank 2 (process 77 on elsewhere) " + end, outcomes.get(rank).problem().getMessage());
            }
        }
    }

    @Test
    void aLostRankIsToldToWhoListens() throws Exception {
        int port = RankThreads.freePort();
        var outcomes = RankThreads.<String>outcomes(2, rank -> {
            if (rank == 1) {
                impostor(port, 1, 2).close();
                return "gone";
            }
            try (RankGroup group = RankGroup.join(RankThreads.environment(rank, 2, port), RankThreads.TIMES)) {
                CountDownLatch told = new CountDownLatch(1);
                group.onLost(told::countDown);
                assertTrue(told.await(10, TimeUnit.SECONDS));
                CountDownLatch late = new CountDownLatch(1);
                group.onLost(late::countDown);
                assertTrue(late.await(10, TimeUnit.SECONDS));
                group.check();
                return "never";
            }
        });
        assertEquals("Rank 1 (process 77 on elsewhere) has ended: the run can't go on.", outcomes.get(0).problem().getMessage());
    }

    /** A connection that joins as a rank, and then does nothing by itself. */
    private static Socket impostor(int port, int rank, int size) throws Exception {
        for (int attempt = 0;; attempt++) {
            try {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                frame(socket, Frame.Kind.HELLO, new Joining(rank, size, 77, "127.0.0.1", "elsewhere").text());
                assertEquals(Frame.Kind.WELCOME, Frame.read(new DataInputStream(socket.getInputStream())).kind());
                return socket;
            } catch (java.net.ConnectException e) {
                if (attempt == 300) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    private static void frame(Socket socket, Frame.Kind kind, String text) throws Exception {
        Frame.of(kind, text).write(new DataOutputStream(socket.getOutputStream()));
    }

    private static int readToEnd(Socket socket) throws Exception {
        socket.setSoTimeout(10_000);
        byte[] some = new byte[1000];
        try {
            while (socket.getInputStream().read(some) >= 0) {
                // Signs of life, and who is lost.
            }
        } catch (java.net.SocketException e) {
            // Closed with bytes that nobody has read.
        }
        return -1;
    }

    @Test
    void ranksThatStayAwayAreNumbered() throws Exception {
        int port = RankThreads.freePort();
        UserException late = assertThrows(UserException.class, () -> RankGroup.join(RankThreads.environment(0, 3, port), SHORT));
        assertEquals("Of 3 ranks, 1, 2 have not come to 127.0.0.1:" + port + " within 0 s: see in their logs whether they started, and whether that address"
                + " reaches rank 0; then start all again.", late.getMessage());
        UserException alone = assertThrows(UserException.class, () -> RankGroup.join(RankThreads.environment(1, 3, port), SHORT));
        assertEquals("Rank 1 could not reach rank 0 at 127.0.0.1:" + port
                + " within 0 s (connection refused): start rank 0 there, and let MASTER_ADDR and MASTER_PORT name it.", alone.getMessage());
    }

    @Test
    void aPortInUseIsRefused() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            int port = taken.getLocalPort();
            UserException refused = assertThrows(UserException.class, () -> RankGroup.join(RankThreads.environment(0, 2, port), SHORT));
            assertEquals("Rank 0 can't listen on port " + port + " (Address already in use); set MASTER_PORT to a free one, the same for all ranks.",
                    refused.getMessage());
        }
    }

    @Test
    void otherNumbersOfRanksAreRefusedOnBothSides() throws Exception {
        int port = RankThreads.freePort();
        var outcomes = RankThreads.<String>outcomes(2, rank -> {
            try (RankGroup group = RankGroup.join(RankThreads.environment(rank, rank == 0 ? 2 : 4, port), RankThreads.TIMES)) {
                return "joined as " + group.rank();
            }
        });
        String sentence = "Rank 1 (process \\d+ on .*) was started with WORLD_SIZE 4 and rank 0 with 2: start all ranks with the same\\.";
        outcomes.forEach(outcome -> assertTrue(outcome.problem().getMessage().replaceAll("[()]", "").matches(sentence.replaceAll("[()]", "")),
                outcome.problem().getMessage()));
    }

    @Test
    void whoIsLateOrNoRankIsTurnedAway() throws Exception {
        int port = RankThreads.freePort();
        AtomicReference<String> answer = new AtomicReference<>();
        RankThreads.outcomes(2, rank -> {
            if (rank == 1) {
                // A browser that happens upon the port does no harm.
                try (Socket stray = strayUntilListening(port)) {
                    stray.getOutputStream().write(bytes("GET / HTTP/1.1\r\n\r\n"));
                }
            }
            try (RankGroup group = RankGroup.join(RankThreads.environment(rank, 2, port), RankThreads.TIMES)) {
                group.barrier();
                if (rank == 1) {
                    answer.set(assertThrows(UserException.class, () -> RankGroup.join(RankThreads.environment(1, 2, port), RankThreads.TIMES)).getMessage());
                }
                group.barrier();
                return null;
            }
        }).forEach(outcome -> assertNull(outcome.problem()));
        assertTrue(answer.get().matches("Rank 1 \\(process \\d+ on .*\\) is late: the 2 ranks of the run at 127\\.0\\.0\\.1:" + port
                + " are at work already; give a new run another MASTER_PORT\\."), answer.get());
    }

    private static Socket strayUntilListening(int port) throws Exception {
        while (true) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), port);
            } catch (java.net.ConnectException e) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    @Test
    void environmentsAreReadAndWhatIsMissingIsNamed() {
        Map<String, String> whole = Map.of("RANK", "3", "WORLD_SIZE", "8", "LOCAL_RANK", "1", "MASTER_ADDR", "node0", "MASTER_PORT", "29400");
        RankEnvironment read = RankEnvironment.of(whole).orElseThrow();
        assertEquals(new RankEnvironment(3, 8, 1, "node0", 29_400), read);
        assertEquals(whole, read.variables());
        assertEquals(3, RankEnvironment.of(Map.of("RANK", "3", "WORLD_SIZE", "8", "MASTER_ADDR", "node0", "MASTER_PORT", "29400")).orElseThrow().localRank());
        assertTrue(RankEnvironment.of(Map.of("LOCAL_RANK", "0", "MASTER_ADDR", "node0")).isEmpty());
        assertEquals("The environment names a rank, but MASTER_ADDR, MASTER_PORT are not set: a rank needs RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; set"
                + " all, or none of them for a run of one process.", problem(Map.of("RANK", "0", "WORLD_SIZE", "2")));
        assertEquals("WORLD_SIZE in the environment must be a whole number from 0 to 65536, not 'two'; set it as rank, number of ranks or port.",
                problem(Map.of("RANK", "0", "WORLD_SIZE", "two", "MASTER_ADDR", "a", "MASTER_PORT", "1")));
        assertEquals("RANK is 2 and WORLD_SIZE 2: ranks count from 0 to WORLD_SIZE - 1; set both as they are to be.",
                problem(Map.of("RANK", "2", "WORLD_SIZE", "2", "MASTER_ADDR", "a", "MASTER_PORT", "1")));
        assertEquals("MIXED_JOIN_SECONDS in the environment must be a whole number from 1 to 86400, not '0'; set how many seconds ranks wait for each other at"
                + " the start.", assertThrows(UserException.class, () -> RankTimes.of(Map.of("MIXED_JOIN_SECONDS", "0"))).getMessage());
        assertEquals(Duration.ofSeconds(7), RankTimes.of(Map.of("MIXED_JOIN_SECONDS", "7")).join());
    }

    private static String problem(Map<String, String> environment) {
        return assertThrows(UserException.class, () -> RankEnvironment.of(environment)).getMessage();
    }
}
