// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import dev.mixed.amp.Precision;
import dev.mixed.compare.ranks.Ranks;
import dev.mixed.distributed.RankProcess;
import dev.mixed.engine.Device;
import dev.mixed.engine.tornado.CudaDriver;
import dev.mixed.train.DataParallel;
import dev.mixed.train.RankTrial;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Processes that train together by NCCL against one that accumulates the gradients of the same batches. */
final class RankChecks {
    private static final int STEPS = 6;
    private static final Duration PATIENCE = Duration.ofSeconds(150);

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
            Path folder = Files.createTempDirectory("mixed-trial");
            try {
                Ranks.run(ranks, shared, PATIENCE, (environment, place) -> RankProcess.of(environment, place, RankTrialMain.class.getName(),
                        List.of(precision.name(), String.valueOf(half), String.valueOf(batches), String.valueOf(STEPS),
                                file(folder, environment.rank()).toString())));
                return compared(folder, ranks, expected, tolerance);
            } finally {
                for (int rank = 0; rank < ranks; rank++) {
                    Files.deleteIfExists(file(folder, rank));
                }
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(Path folder, int rank) {
        return folder.resolve("rank-" + rank);
    }

    private static @Nullable String compared(Path folder, int ranks, float[] expected, double tolerance) throws IOException {
        float[] first = new float[0];
        for (int rank = 0; rank < ranks; rank++) {
            float[] parameters = new float[expected.length];
            try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file(folder, rank))))) {
                String description = in.readUTF();
                if (!description.startsWith("NCCL")) {
                    return "the ranks used " + description;
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
