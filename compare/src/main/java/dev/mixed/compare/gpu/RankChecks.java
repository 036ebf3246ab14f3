// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import dev.mixed.amp.Precision;
import dev.mixed.distributed.RankEnvironment;
import dev.mixed.distributed.RankProcess;
import dev.mixed.engine.Device;
import dev.mixed.engine.tornado.CudaDriver;
import dev.mixed.train.DataParallel;
import dev.mixed.train.RankTrial;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Processes that train together by NCCL against one that accumulates the gradients of the same batches. */
final class RankChecks {
    private static final int STEPS = 6;
    private static final int SECONDS = 150;
    private static final int TAIL = 600;

    private RankChecks() {
    }

    /** GPUs that this process may use. */
    static int gpus() {
        return CudaDriver.query().gpus().size();
    }

    /**
     * Null where all ranks end with the same parameters, bit for bit, which are those of one rank to {@code tolerance}, relative to their norm.
     *
     * @param shared  whether all use this process's first GPU; else each has one of its own
     * @param batches of a step
     */
    static @Nullable String run(Device gpu, int ranks, boolean shared, Precision precision, boolean half, int batches, double tolerance) {
        float[] expected = RankTrial.run(gpu, DataParallel.single(), precision, batches, STEPS);
        try {
            Path folder = Files.createTempDirectory("mixed-ranks");
            try {
                List<String> arguments = List.of(precision.name(), String.valueOf(half), String.valueOf(batches), String.valueOf(STEPS));
                String failure = start(folder, ranks, shared, arguments);
                return failure != null ? failure : compared(folder, ranks, expected, tolerance);
            } finally {
                try (var files = Files.list(folder)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable String start(Path folder, int ranks, boolean shared, List<String> arguments) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        List<Process> processes = new ArrayList<>();
        try {
            for (int rank = 0; rank < ranks; rank++) {
                List<String> all = new ArrayList<>(arguments);
                all.add(file(folder, rank).toString());
                processes.add(RankProcess.of(new RankEnvironment(rank, ranks, rank, "127.0.0.1", port), place(rank, shared), RankTrialMain.class.getName(), all)
                        .redirectErrorStream(true).redirectOutput(log(folder, rank).toFile()).start());
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            for (int rank = 0; rank < ranks; rank++) {
                if (!processes.get(rank).waitFor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    return "rank " + rank + " has not ended within " + SECONDS + " s: " + tail(log(folder, rank));
                }
                if (processes.get(rank).exitValue() != 0) {
                    return "rank " + rank + " ended with " + processes.get(rank).exitValue() + ": " + tail(log(folder, rank));
                }
            }
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
    }

    /** NCCL takes ranks on one GPU for a mistake, unless they seem to be on different hosts. */
    private static Map<String, String> place(int rank, boolean shared) {
        Map<String, String> variables = new LinkedHashMap<>();
        String visible = System.getenv().getOrDefault("CUDA_VISIBLE_DEVICES", "");
        List<String> devices = visible.isBlank() ? List.of() : Arrays.asList(visible.split(","));
        int index = shared ? 0 : rank;
        variables.put("CUDA_VISIBLE_DEVICES", devices.isEmpty() ? String.valueOf(index) : devices.get(index));
        if (shared) {
            variables.put("NCCL_HOSTID", "mixed-gpu-test-" + rank);
        }
        return variables;
    }

    private static Path file(Path folder, int rank) {
        return folder.resolve("rank-" + rank);
    }

    private static Path log(Path folder, int rank) {
        return folder.resolve("rank-" + rank + ".log");
    }

    private static String tail(Path log) throws IOException {
        String text = Files.readString(log).strip().replaceAll("\\s+", " ");
        return text.length() <= TAIL ? text : "..." + text.substring(text.length() - TAIL);
    }

    private static @Nullable String compared(Path folder, int ranks, float[] expected, double tolerance) throws IOException {
        float[] first = new float[0];
        for (int rank = 0; rank < ranks; rank++) {
            float[] parameters = new float[expected.length];
            try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file(folder, rank))))) {
                String description = in.readUTF();
                if (!description.startsWith("NCCL")) {
                    return "the ranks used " + description + ": " + tail(log(folder, rank));
                }
                for (int i = 0; i < parameters.length; i++) {
                    parameters[i] = in.readFloat();
                }
            }
            if (rank == 0) {
                first = parameters;
                double difference = RankTrial.difference(expected, parameters);
                // NaN is no small difference.
                if (!(difference <= tolerance)) {
                    return "parameters differ from those of one rank by " + difference + " of their norm, more than " + tolerance;
                }
            } else if (!Arrays.equals(first, parameters)) {
                return "rank " + rank + " ends with other parameters than rank 0";
            }
        }
        return null;
    }
}
