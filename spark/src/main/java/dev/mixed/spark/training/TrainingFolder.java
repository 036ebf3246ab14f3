// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import dev.mixed.spark.process.Hosts;
import dev.mixed.spark.process.MixedException;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder of a training, which the driver and all executors see under one path.
 * <pre>
 * data/               the texts and labels, in Parquet files that Spark wrote
 * run/                the run of train: the model, last/ to resume from, metrics.csv and so on
 * ranks/rank-0.log    what each rank printed
 * ranks/failed-0-1    why the rank 1 failed in the first attempt of the stage
 * </pre>
 *
 * @param path absolute
 */
public record TrainingFolder(String path) implements Serializable {
    private static final String STATE = "training_state.json";

    /** @param outputDir a path or a URI of the scheme file */
    public static TrainingFolder of(String outputDir) {
        if (outputDir.isEmpty()) {
            throw new MixedException("outputDir is not set: give a folder that the driver and all executors see under one path.");
        }
        if (outputDir.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
            URI uri = URI.create(outputDir);
            if (!"file".equals(uri.getScheme())) {
                throw new MixedException(
                        "outputDir must be a folder that the driver and all executors see under one path, such as one on NFS, not '" + outputDir
                                + "': checkpoints are written there as files.");
            }
            return new TrainingFolder(Path.of(uri).toAbsolutePath().normalize().toString());
        }
        return new TrainingFolder(Path.of(outputDir).toAbsolutePath().normalize().toString());
    }

    /** Texts and labels. */
    public Path data() {
        return Path.of(path, "data");
    }

    /** The run of train. */
    public Path run() {
        return Path.of(path, "run");
    }

    /** What rank {@code rank} printed. */
    public Path log(int rank) {
        return ranks().resolve("rank-" + rank + ".log");
    }

    private Path ranks() {
        return Path.of(path, "ranks");
    }

    /** Whether there is a checkpoint to go on from. */
    boolean canResume() {
        return Files.exists(run().resolve("last").resolve(STATE));
    }

    /** Whether a run was begun, with a checkpoint or without. */
    boolean hasRun() {
        return Files.exists(run().resolve("run.yaml"));
    }

    /** Whether all texts and labels are there. */
    public boolean hasData() {
        return Files.exists(data().resolve("_SUCCESS"));
    }

    /**
     * Makes the folder ready on the driver.
     *
     * @param resume whether to go on with what is there
     * @throws MixedException if something is there and it is not to be resumed, or the reverse
     */
    public void prepare(boolean resume) {
        if (resume && !(hasData() && hasRun())) {
            throw new MixedException("'" + path + "' holds no training to resume; leave out resume to start one.");
        }
        if (!resume && (Files.exists(data()) || Files.exists(run()))) {
            throw new MixedException("'" + path + "' holds a training already; resume it, or choose another outputDir.");
        }
        try {
            Files.createDirectories(ranks());
            for (Path old : failures()) {
                Files.delete(old);
            }
        } catch (IOException e) {
            throw new MixedException("'" + path + "' cannot be written (" + e.getMessage() + "); check its permissions, or choose another outputDir.", e);
        }
    }

    /** Removes texts and labels that proved unfit. */
    public void removeData() {
        if (!Files.exists(data())) {
            return;
        }
        try (Stream<Path> files = Files.walk(data())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).collect(Collectors.toList())) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new MixedException("'" + data() + "' cannot be removed (" + e.getMessage() + "); check its permissions.", e);
        }
    }

    /** {@link #removeData} where no run was begun with it. */
    public void removeIfNotBegun() {
        if (!hasRun()) {
            removeData();
        }
    }

    /** Refuses a machine that does not see the driver's files. */
    void requireShared() {
        if (!hasData()) {
            throw new MixedException("'" + data() + "' is not to be seen on " + Hosts.local() + ": outputDir must be a folder that the driver and all executors"
                    + " see under one path, such as one on NFS.");
        }
    }

    /** Writes down why a rank failed. */
    void fail(int attempt, int rank, String sentence) {
        try {
            Files.createDirectories(ranks());
            Files.writeString(ranks().resolve("failed-" + attempt + "-" + rank), sentence);
        } catch (IOException e) {
            throw new MixedException(sentence, e);
        }
    }

    /** Why the last attempt failed: what the first of its ranks to fail said. */
    Optional<String> failure() {
        try {
            List<Path> all = failures();
            Optional<Integer> last = all.stream().map(TrainingFolder::attempt).max(Comparator.naturalOrder());
            for (Path file : all) {
                if (last.filter(attempt -> attempt == TrainingFolder.attempt(file)).isPresent()) {
                    return Optional.of(Files.readString(file));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static int attempt(Path failure) {
        return Integer.parseInt(failure.getFileName().toString().split("-")[1]);
    }

    private List<Path> failures() throws IOException {
        if (!Files.exists(ranks())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(ranks())) {
            return files.filter(file -> file.getFileName().toString().startsWith("failed-"))
                    .sorted(Comparator.comparingLong(file -> file.toFile().lastModified()))
                    .collect(Collectors.toList());
        }
    }
}
