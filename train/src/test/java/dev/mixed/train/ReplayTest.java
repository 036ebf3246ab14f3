// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceStats;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Once every batch shape was seen, training and prediction only run recorded programs. */
class ReplayTest {
    /** What a device has allocated, recorded and run so far. */
    private record Counts(long arrays, long bytes, long launches, long programs, long runs) {
        static Counts of(Device device) {
            DeviceStats stats = device.stats();
            return new Counts(stats.arraysAllocated(), stats.bytesAllocated(), stats.launchesRecorded(), stats.programsRecorded(), stats.programRuns());
        }

        Counts afterRuns(int more) {
            return new Counts(arrays, bytes, launches, programs, runs + more);
        }
    }

    /** Counts at the start of each epoch, at the end of its training, and after its scoring. */
    private static final class Watch implements TrainingListener {
        private final Device device;
        private final Map<String, Counts> counts = new HashMap<>();
        private int epoch;

        Watch(Device device) {
            this.device = device;
        }

        @Override
        public void epochStarted(int number, int batches, int done) {
            epoch = number;
            counts.put("start " + number, Counts.of(device));
        }

        @Override
        public void step(int texts, double loss) {
            assertTrue(loss > 0);
        }

        @Override
        public void logged(long step, double at, double loss, double lr, LossScale scale) {
            assertTrue(loss > 0);
        }

        @Override
        public void epochTrained() {
            counts.put("trained " + epoch, Counts.of(device));
        }

        @Override
        public void epochScored(EpochResult result) {
            counts.put("scored " + epoch, Counts.of(device));
        }
    }

    @ParameterizedTest
    @CsvSource({"bucket,2,2", "max,1,2", "bucket,2,3"})
    void anEpochAfterTheFirstOnlyReplays(String pad, int shapes, int classes, @TempDir Path temp) {
        List<String> labels = List.of("weather", "food", "travel").subList(0, classes);
        RunOptions options = RunOptions.defaults().with(Map.of("data", Toy.data(temp, classes), "model", Toy.model(temp, labels), "batch", 4, "length", 16,
                "epochs", 3, "pad", pad, "log-every", 3));
        try (Device device = JvmDevice.open(2)) {
            Watch watch = new Watch(device);
            new RunSetup(options, temp.resolve("run"), device, Path::of).trainer().run(watch);
            Map<String, Counts> counts = watch.counts;
            // One for each shape, and the update.
            assertEquals(shapes + 1, counts.get("trained 1").programs() - counts.get("start 1").programs(), "training programs");
            assertEquals(shapes, counts.get("scored 1").programs() - counts.get("trained 1").programs(), "prediction programs");
            int steps = Toy.TRAIN / 4;
            int batches = Toy.HELD_OUT / 4;
            for (int epoch = 2; epoch <= 3; epoch++) {
                assertEquals(counts.get("start " + epoch).afterRuns(2 * steps), counts.get("trained " + epoch));
                assertEquals(counts.get("trained " + epoch).afterRuns(batches), counts.get("scored " + epoch));
            }
            assertEquals(counts.get("scored 2"), counts.get("start 3"), "saving a checkpoint");
        }
    }

    @Test
    void predictingTheSecondTimeOnlyReplays(@TempDir Path temp) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            texts.add("the rain " + "and snow ".repeat(i % 6));
        }
        Path folder = Toy.model(temp, List.of("weather", "food"));
        try (Device device = JvmDevice.open(2); LoadedModel model = LoadedModel.open(folder, device); BertTokenizer tokenizer = Toy.tokenizer()) {
            TokenizedDataset tokens = TokenizedDataset.unlabeled(texts, tokenizer, 16);
            assertTrue(tokens.length(0) <= 8 && tokens.length(5) > 8);
            Counts before = Counts.of(device);
            model.predict(texts, 4, 16);
            Counts first = Counts.of(device);
            assertEquals(2, first.programs() - before.programs());
            model.predict(texts, 4, 16);
            model.predict(texts.subList(3, 11), 4, 16);
            assertEquals(first.afterRuns(5 + 2), Counts.of(device));
        }
    }
}
