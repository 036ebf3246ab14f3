// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import dev.mixed.engine.Device;
import dev.mixed.train.EpochResult;
import dev.mixed.train.RunSetup;
import dev.mixed.train.TrainingListener;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A run that one device starts and another resumes from its checkpoint, against one that stays on one device. */
final class CheckpointCheck {
    private CheckpointCheck() {
    }

    /** Null if the second epoch's training loss agrees to {@code tolerance}, else what is wrong. */
    static @Nullable String run(Device first, Device second, Device reference, boolean amp, double tolerance) {
        RunOptions options = RunOptions.defaults().with(Map.of("epochs", 2, "length", 32, "pad", "max", "amp", amp, "lr", 2e-4));
        @Nullable Path folder = null;
        try {
            folder = Files.createTempDirectory("mixed-gpu-test");
            Path moved = folder.resolve("moved");
            double expected = losses(options, folder.resolve("reference"), false, reference, 3).getLast();
            losses(options, moved, false, first, 2);
            List<Double> resumed = losses(options, moved, true, second, 3);
            if (resumed.size() != 1) {
                return "the resumed run trained " + resumed.size() + " epochs, not the second alone";
            }
            double actual = resumed.getFirst();
            double relative = Math.abs(actual - expected) / expected;
            return relative <= tolerance ? null : String.format(Locale.ROOT, "the second epoch's loss is %.5f after moving, %.5f without; allowed is a relative"
                    + " difference of %.0e", actual, expected, tolerance);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(folder);
        }
    }

    /** Trains until the epoch {@code stop} would begin; the training loss of each epoch. */
    private static List<Double> losses(RunOptions options, Path output, boolean resume, Device device, int stop) {
        Watch watch = new Watch(stop);
        try {
            new RunSetup(options.with(Map.of("output", output, "resume", resume)), output, device, Path::of).trainer().run(watch);
        } catch (Stopped e) {
            // As asked.
        }
        return watch.losses;
    }

    private static void delete(@Nullable Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends a run between two epochs, as a kill would. */
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static final class Watch implements TrainingListener {
        private final List<Double> losses = new ArrayList<>();
        private final int stop;

        Watch(int stop) {
            this.stop = stop;
        }

        @Override
        public void epochStarted(int epoch, int batches, int done) {
            if (epoch == stop) {
                throw new Stopped();
            }
        }

        @Override
        public void epochScored(EpochResult result) {
            losses.add(result.trainLoss());
        }
    }
}
