// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.io.ReadableFolder;
import dev.mixed.io.UserException;
import dev.mixed.train.tensorboard.EventFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The output folder of a run. A folder with anything in it is refused unless the user resumes or overwrites a miXed run there; and of
 * that run only the files that miXed made are ever deleted. While open, the folder is locked against a second run.
 */
public final class OutputFolder implements AutoCloseable {

    private static final String METRICS = "metrics.csv";
    private static final String CURVES = "curves.png";
    private static final String EVENTS = "tensorboard";
    private static final String MLFLOW = "mlflow-run.txt";
    private static final String SERIES = "series.csv";
    private static final String LOCK = ".mixed.lock";

    private final Path path;
    private final boolean resume;
    private final boolean overwrite;
    private boolean created;
    private @Nullable FileChannel lock;

    private OutputFolder(Path path, boolean resume, boolean overwrite) {
        this.path = path;
        this.resume = resume;
        this.overwrite = overwrite;
    }

    /** Checks that a run may use {@code path}, with a {@link UserException} where not. Changes nothing: {@link #open} does. */
    public static OutputFolder check(Path path, boolean resume, boolean overwrite) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new UserException("The output folder '" + path + "' is a file; choose another --output.");
        }
        ReadableFolder.require(path);
        boolean run = RunOptionsIO.isRun(path);
        if (resume && !run) {
            throw new UserException("The output folder '" + path + "' holds no miXed run to continue; leave out --resume to start one.");
        }
        if (!resume && !isEmpty(path)) {
            if (!run) {
                throw new UserException("The output folder '" + path + "' is not empty and not of a miXed run, where alone --resume and --overwrite"
                        + " work; choose another --output.");
            } else if (!overwrite) {
                throw new UserException("The output folder '" + path + "' already holds a run; continue it with --resume, replace it with"
                        + " --overwrite, or choose another --output.");
            }
        }
        return new OutputFolder(path, resume, overwrite);
    }

    /** A new folder {@code parent/name}, or {@code name-2}, {@code name-3} and so on where that exists; it is made at once. */
    public static OutputFolder fresh(Path parent, String name) {
        try {
            Files.createDirectories(parent);
            for (int i = 1;; i++) {
                Path path = parent.resolve(i == 1 ? name : name + "-" + i);
                try {
                    OutputFolder fresh = new OutputFolder(Files.createDirectory(path), false, false);
                    fresh.created = true;
                    return fresh;
                } catch (FileAlreadyExistsException taken) {
                    // The next number may be free.
                }
            }
        } catch (IOException e) {
            throw cannot("make a folder in", parent, e);
        }
    }

    /**
     * Makes and locks the folder; when it is to be overwritten, deletes the old run. The options file goes last: as long as anything of
     * the old run is left, the folder counts as a run's, and overwriting can be tried again.
     *
     * @param clearCheckpoints deletes the checkpoints in the folder that it is given, and nothing else
     */
    public OutputFolder open(Consumer<Path> clearCheckpoints) {
        try {
            created |= !Files.exists(path);
            Files.createDirectories(path);
            lock();
            if (overwrite && !resume) {
                clearCheckpoints.accept(path);
                for (Path file : List.of(metrics(), curves(), mlflow(), series(), options())) {
                    Files.deleteIfExists(AtomicFile.partial(file));
                    Files.deleteIfExists(file);
                }
                clearEvents();
                clearRankLogs();
            }
            return this;
        } catch (IOException e) {
            close();
            throw cannot("write in", path, e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Deletes the event files; the folder, too, if nothing else is in it. */
    private void clearEvents() throws IOException {
        if (!Files.isDirectory(events(), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(events(), EventFile.PREFIX + "*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        if (isEmpty(events())) {
            Files.delete(events());
        }
    }

    /** Deletes the logs of ranks. */
    private void clearRankLogs() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "rank-*.log")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    public Path path() {
        return path;
    }

    /** The run's options, as {@link RunOptionsIO#write} records them. */
    public Path options() {
        return path.resolve(RunOptionsIO.FILE);
    }

    public Path metrics() {
        return metrics(path);
    }

    /** The file of metrics of the run in a folder. */
    public static Path metrics(Path run) {
        return run.resolve(METRICS);
    }

    /** The folder of TensorBoard's event files. */
    public Path events() {
        return path.resolve(EVENTS);
    }

    /** The file with the id of the run on an MLflow server. */
    public Path mlflow() {
        return path.resolve(MLFLOW);
    }

    /** The file with the scores of several runs, each in a folder of its own within this one. */
    public Path series() {
        return path.resolve(SERIES);
    }

    public Path curves() {
        return path.resolve(CURVES);
    }

    /** Gives the folder free for another run; one that was made for this run and is still empty goes. */
    @Override
    public void close() {
        if (lock == null) {
            return;
        }
        try {
            Files.deleteIfExists(path.resolve(LOCK));
            lock.close();
            if (created && isEmpty(path)) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UserException e) {
            // Nothing depends on it: the lock ends with the process, and a lock file that is left does not count as content.
        }
        lock = null;
    }

    private void lock() throws IOException {
        FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lock = channel;
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        } catch (IOException e) {
            return; // A file system without locks: run unguarded rather than not at all.
        }
        if (held == null) {
            channel.close();
            lock = null;
            throw new UserException("Another miXed run is writing in the output folder '" + path + "'; wait for it or choose another --output.");
        }
    }

    private static boolean isEmpty(Path path) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.allMatch(file -> file.getFileName().toString().equals(LOCK));
        } catch (IOException e) {
            throw cannot("look into", path, e);
        }
    }

    private static UserException cannot(String what, Path path, IOException e) {
        return new UserException("Cannot " + what + " '" + path + "' (" + IoReason.of(e) + "); check its permissions or choose another --output.", e);
    }
}
