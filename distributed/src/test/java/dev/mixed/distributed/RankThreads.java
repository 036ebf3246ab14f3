// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Ranks of a run as threads of one JVM, with real connections between them. */
public final class RankThreads {
    /** Long enough for a busy machine. */
    public static final RankTimes TIMES = new RankTimes(Duration.ofSeconds(30), Duration.ofSeconds(20));

    private RankThreads() {
    }

    /** What a rank does. */
    @FunctionalInterface
    public interface Work<T> {
        T run(RankGroup group) throws Exception;
    }

    /** A port that nobody listens on at the moment. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** The environment of a rank on this machine. */
    public static RankEnvironment environment(int rank, int size, int port) {
        return new RankEnvironment(rank, size, rank, "127.0.0.1", port);
    }

    /** What all ranks of a group return, in their order; the exception of the first that throws one, by rank. */
    public static <T> List<T> run(int size, Work<T> work) throws Exception {
        int port = freePort();
        List<Outcome<T>> outcomes = outcomes(size, rank -> {
            try (RankGroup group = RankGroup.join(environment(rank, size, port), TIMES)) {
                return work.run(group);
            }
        });
        List<T> results = new ArrayList<>();
        for (Outcome<T> outcome : outcomes) {
            if (outcome.problem != null) {
                throw outcome.problem;
            }
            results.add(outcome.result);
        }
        return results;
    }

    /** What became of a rank: a result or a problem. */
    public record Outcome<T>(T result, Exception problem) {
    }

    /** What a rank does by its number. */
    @FunctionalInterface
    public interface Numbered<T> {
        T run(int rank) throws Exception;
    }

    /** What becomes of so many ranks, each a thread of its own. */
    public static <T> List<Outcome<T>> outcomes(int size, Numbered<T> work) throws InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(size, Thread.ofPlatform().daemon().name("rank", 0).factory())) {
            List<Future<T>> futures = new ArrayList<>();
            for (int r = 0; r < size; r++) {
                int rank = r;
                futures.add(threads.submit(() -> work.run(rank)));
            }
            List<Outcome<T>> outcomes = new ArrayList<>();
            for (Future<T> future : futures) {
                try {
                    outcomes.add(new Outcome<>(future.get(), null));
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof Error error) {
                        throw error;
                    }
                    outcomes.add(new Outcome<>(null, (Exception) e.getCause()));
                }
            }
            return outcomes;
        }
    }
}
