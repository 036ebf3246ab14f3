// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.ranks;

import dev.mixed.distributed.RankEnvironment;
import dev.mixed.distributed.RankProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Runs the processes of some ranks on this machine, until all have ended. */
public final class Ranks {
    private static final int TAIL = 600;

    private Ranks() {
    }

    /** A rank has failed, or not ended in time: which, and what it said last. */
    public static final class FailedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FailedException(String message) {
            super(message);
        }
    }

    /**
     * What rank 0 wrote to standard output.
     *
     * @param shared  whether all use the first GPU that this process may use; else each has one of its own
     * @param process of a rank, with more variables that it needs
     * @throws FailedException if a rank fails; all others are ended then
     */
    public static String run(int ranks, boolean shared, Duration patience, BiFunction<RankEnvironment, Map<String, String>, ProcessBuilder> process) {
        try {
            Path folder = Files.createTempDirectory("mixed-ranks");
            List<Process> started = new ArrayList<>();
            try {
                int port = RankProcess.freePort();
                for (int rank = 0; rank < ranks; rank++) {
                    started.add(process.apply(new RankEnvironment(rank, ranks, rank, "127.0.0.1", port), place(rank, shared)).redirectOutput(out(folder, rank))
                            .redirectError(err(folder, rank)).start());
                }
                await(started, folder, System.nanoTime() + patience.toNanos());
                return Files.readString(out(folder, 0).toPath());
            } finally {
                started.forEach(Process::destroyForcibly);
                delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(List<Process> ranks, Path folder, long end) throws IOException {
        try {
            // A rank that fails leaves others waiting for it.
            for (int ended = 0; ended < ranks.size();) {
                ended = 0;
                for (int rank = 0; rank < ranks.size(); rank++) {
                    boolean over = ranks.get(rank).waitFor(50, TimeUnit.MILLISECONDS);
                    ended += over ? 1 : 0;
                    if (over && ranks.get(rank).exitValue() != 0) {
                        throw new FailedException("rank " + rank + " ended with " + ranks.get(rank).exitValue() + ": " + tail(folder, rank));
                    }
                }
                if (ended < ranks.size() && System.nanoTime() > end) {
                    throw new FailedException("the ranks have not ended in time; rank 0 said last: " + tail(folder, 0));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted");
        }
    }

    /** NCCL takes ranks on one GPU for a mistake, unless they seem to be on different hosts. */
    private static Map<String, String> place(int rank, boolean shared) {
        Map<String, String> variables = new LinkedHashMap<>();
        String visible = System.getenv().getOrDefault("CUDA_VISIBLE_DEVICES", "");
        List<String> devices = visible.isBlank() ? List.of() : Arrays.asList(visible.split(","));
        int index = shared ? 0 : rank;
        variables.put("CUDA_VISIBLE_DEVICES", index < devices.size() ? devices.get(index) : String.valueOf(index));
        if (shared) {
            variables.put("NCCL_HOSTID", "mixed-rank-" + rank);
        }
        return variables;
    }

    private static File out(Path folder, int rank) {
        return folder.resolve("rank-" + rank + ".out").toFile();
    }

    private static File err(Path folder, int rank) {
        return folder.resolve("rank-" + rank + ".err").toFile();
    }

    private static String tail(Path folder, int rank) throws IOException {
        String text = (Files.readString(out(folder, rank).toPath()) + " " + Files.readString(err(folder, rank).toPath())).strip().replaceAll("\\s+", " ");
        return text.length() <= TAIL ? text : "..." + text.substring(text.length() - TAIL);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
