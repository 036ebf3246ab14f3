package dev.mixed.compare.gpu;

import dev.mixed.bert.config.RunOptions;
import dev.mixed.bert.train.EpochResult;
import dev.mixed.bert.train.LossScale;
import dev.mixed.bert.train.RunSetup;
import dev.mixed.bert.train.TrainingListener;
import dev.mixed.engine.Device;
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

/** A run that one device starts and another resumes from its checkpoint, against one that stays on one device. */
final class CheckpointCheck {
    private static final double TOLERANCE = 1e-2;

    private CheckpointCheck() {
    }

    /** Null if the second epoch's training loss is the same, else what is wrong. */
    static String run(Device first, Device second, Device reference, boolean amp) {
        RunOptions options = RunOptions.defaults().with(Map.of("epochs", 2, "length", 32, "pad", "max", "amp", amp, "lr", 2e-4));
        Path folder = null;
        try {
            folder = Files.createTempDirectory("mixed-gpu-test");
            double expected = secondEpoch(options, folder.resolve("reference"), reference, 3);
            secondEpoch(options, folder.resolve("moved"), first, 2);
            double actual = secondEpoch(options.with("resume", true).with("output", folder.resolve("moved")), folder.resolve("moved"), second, 3);
            double relative = Math.abs(actual - expected) / expected;
            return relative <= TOLERANCE ? null : String.format(Locale.ROOT, "the second epoch's loss is %.5f after moving, %.5f without; allowed is a relative"
                    + " difference of %.0e", actual, expected, TOLERANCE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(folder);
        }
    }

    /** Trains until the epoch {@code stop} would begin; the second epoch's training loss, or NaN. */
    private static double secondEpoch(RunOptions options, Path folder, Device device, int stop) {
        RunOptions resolved = options.resume() ? options : options.with("output", folder);
        Watch watch = new Watch(stop);
        try {
            new RunSetup(resolved, folder, device, Path::of).trainer().run(watch);
        } catch (Stopped e) {
            return Double.NaN;
        }
        return watch.losses.getLast();
    }

    private static void delete(Path folder) {
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
        public void step(int texts, double loss) {
        }

        @Override
        public void logged(long step, double epoch, double loss, double lr, LossScale scale) {
        }

        @Override
        public void epochTrained() {
        }

        @Override
        public void epochScored(EpochResult result) {
            losses.add(result.trainLoss());
        }
    }
}
