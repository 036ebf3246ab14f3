// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.optim.LinearSchedule;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UsageException;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run that is asked to stop, wherever it is, goes on as if it had not been; and it may go on for longer than was planned. */
class StoppedRunTest {
    private static final int LENGTH = 16;
    private static final List<String> CLASSES = List.of("weather", "food");
    /** 10 batches an epoch. */
    private static final RunOptions OPTIONS = RunOptions.defaults().with("epochs", 2).with("batch", 4).with("length", LENGTH).with("lr", 5e-3)
            .with("log-every", 1);

    @TempDir
    private Path temp;

    /** Notes all that a run tells, and asks it to stop after a step or an epoch's training. */
    private static final class Watch implements TrainingListener {
        private final List<Object> told = new ArrayList<>();
        private final List<Double> rates = new ArrayList<>();
        private final List<EpochResult> scored = new ArrayList<>();
        private final int stopAfter;
        private final boolean inScoring;
        private @Nullable Trainer trainer;
        private int steps;

        /** @param inScoring whether to stop when an epoch's scoring begins, rather than in the step before */
        Watch(int stopAfter, boolean inScoring) {
            this.stopAfter = stopAfter;
            this.inScoring = inScoring;
        }

        private void stop(boolean scoring) {
            if (steps == stopAfter && scoring == inScoring && trainer != null) {
                trainer.stop();
            }
        }

        @Override
        public void step(int texts, double loss) {
            told.add(loss);
            steps++;
            stop(false);
        }

        @Override
        public void epochTrained() {
            stop(true);
        }

        @Override
        public void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
            told.add(loss);
            rates.add(lr);
        }

        @Override
        public void epochScored(EpochResult result) {
            scored.add(result);
            told.add(List.of(result.epoch(), result.step(), result.trainLoss(), result.validation().loss(), result.best()));
        }
    }

    private Trainer trainer(String folder, RunOptions options, Device device) {
        BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(CLASSES), device, 3);
        Dataset data = Dataset.load(Toy.data(temp), 1);
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            return Trainer.of(model, CLASSES, TokenizedDataset.of(data.train(), tokenizer, LENGTH), TokenizedDataset.of(data.validation(), tokenizer, LENGTH),
                    TokenizerFiles.of(tokenizer, LENGTH), options, new RunFolder(temp.resolve(folder)), device);
        }
    }

    /** Runs from the start, or the last checkpoint; whether to the end. */
    private boolean run(String folder, RunOptions options, Watch watch, boolean resume, Device device) {
        Trainer trainer = trainer(folder, options, device);
        if (resume) {
            trainer.resume();
        }
        watch.trainer = trainer;
        if (watch.stopAfter == 0) {
            trainer.stop();
        }
        return trainer.run(watch);
    }

    private void assertSame(String expected, String actual) throws IOException {
        for (String file : List.of("model.safetensors", "last/model.safetensors", "last/training_state.safetensors", "last/training_state.json")) {
            assertArrayEquals(Files.readAllBytes(temp.resolve(expected).resolve(file)), Files.readAllBytes(temp.resolve(actual).resolve(file)), file);
        }
    }

    /** Before the first step, in an epoch, at its last step, while it is scored, while the last epoch is scored; steps of one batch and of three. */
    @ParameterizedTest
    @CsvSource({"0,false,1,false", "4,false,1,false", "10,true,1,true", "20,true,1,false", "4,false,3,true", "8,true,3,false"})
    void isResumedWithTheSameNumbers(int stopAfter, boolean inScoring, int accumulate, boolean amp) throws IOException {
        RunOptions options = OPTIONS.with("accumulate", accumulate).with("amp", amp);
        try (Device device = JvmDevice.open(1)) {
            Watch whole = new Watch(-1, false);
            assertTrue(run("whole", options, whole, false, device));
            Watch first = new Watch(stopAfter, inScoring);
            assertFalse(run("stopped", options, first, false, device));
            assertEquals(stopAfter, first.steps);
            assertTrue(new RunFolder(temp.resolve("stopped")).canResume());
            Watch second = new Watch(-1, false);
            assertTrue(run("stopped", options, second, true, device));
            first.told.addAll(second.told);
            assertEquals(whole.told, first.told);
            assertSame("whole", "stopped");
        }
    }

    @Test
    void aCompleteRunGoesOnForMoreEpochsUnderItsNewSchedule() throws IOException {
        RunOptions longer = OPTIONS.with("epochs", 4);
        try (Device device = JvmDevice.open(1)) {
            Watch first = new Watch(-1, false);
            run("run", OPTIONS, first, false, device);
            byte[] best = Files.readAllBytes(temp.resolve("run/model.safetensors"));
            Watch nothing = new Watch(-1, false);
            assertTrue(run("run", OPTIONS, nothing, true, device));
            assertEquals(List.of(), nothing.told);
            assertArrayEquals(best, Files.readAllBytes(temp.resolve("run/model.safetensors")));
            Watch more = new Watch(-1, false);
            assertTrue(run("run", longer, more, true, device));
            assertEquals(20, more.steps);
            LinearSchedule schedule = new LinearSchedule(4, 40);
            for (int i = 0; i < 20; i++) {
                assertEquals(5e-3f * schedule.factor(20 + i), more.rates.get(i), 1e-9, "step " + (21 + i));
            }
            // In two parts it is the same.
            run("parts", OPTIONS, new Watch(-1, false), false, device);
            assertFalse(run("parts", longer, new Watch(7, false), true, device));
            assertTrue(run("parts", longer, new Watch(-1, false), true, device));
            assertSame("run", "parts");
        }
    }

    /** What was stopped before its first step has nothing to keep: it becomes the run that the new number of epochs gives. */
    @Test
    void anotherNumberOfEpochsFromTheStartIsThatRun() throws IOException {
        RunOptions one = OPTIONS.with("epochs", 1);
        try (Device device = JvmDevice.open(1)) {
            assertTrue(run("whole", one, new Watch(-1, false), false, device));
            assertFalse(run("other", OPTIONS, new Watch(0, false), false, device));
            assertTrue(run("other", one, new Watch(-1, false), true, device));
            assertSame("whole", "other");
        }
    }

    @Test
    void fewerEpochsThanAreDoneAreRefused() {
        try (Device device = JvmDevice.open(1)) {
            run("run", OPTIONS, new Watch(14, false), false, device);
            RunOptions one = OPTIONS.with("epochs", 1);
            assertInstanceOf(UsageException.class,
                    assertRefused(() -> run("run", one, new Watch(-1, false), true, device), "--epochs 1 is less than the run in",
                            "has done (1 epoch and a part of the next)", "at least 2"));
            assertTrue(run("run", OPTIONS, new Watch(-1, false), true, device));
            assertRefused(() -> run("run", one, new Watch(-1, false), true, device), "has done (2 epochs)");
        }
    }

    /** 14 steps are an epoch and a part; they go on within it, and are those of a run that was to be longer from the start. */
    @Test
    void stepsMayEndARunWithinAnEpochAndBecomeMore() throws IOException {
        RunOptions constant = OPTIONS.with(Map.of("scheduler", "constant", "adam-beta1", 0.8, "adam-beta2", 0.95, "adam-epsilon", 1e-6));
        try (Device device = JvmDevice.open(1)) {
            Watch whole = new Watch(-1, false);
            assertTrue(run("whole", constant.with("max-steps", 23), whole, false, device));
            assertEquals(23, whole.steps);
            assertEquals(List.of(10L, 20L, 23L), whole.scored.stream().map(EpochResult::step).toList());
            assertEquals(2.3, whole.scored.getLast().epoch(), 1e-9);
            Watch first = new Watch(-1, false);
            assertTrue(run("parts", constant.with("max-steps", 14), first, false, device));
            assertEquals(1.4, first.scored.getLast().epoch(), 1e-9);
            assertFalse(run("parts", constant.with("max-steps", 23), new Watch(2, false), true, device));
            Watch second = new Watch(-1, false);
            assertTrue(run("parts", constant.with("max-steps", 23), second, true, device));
            assertEquals(7, second.steps);
            assertEquals(whole.scored.getLast().validation().loss(), second.scored.getLast().validation().loss());
            for (String file : List.of("last/model.safetensors", "last/training_state.safetensors")) {
                assertArrayEquals(Files.readAllBytes(temp.resolve("whole").resolve(file)), Files.readAllBytes(temp.resolve("parts").resolve(file)), file);
            }
            assertRefused(() -> run("parts", constant.with("max-steps", 22), new Watch(-1, false), true, device), "--max-steps 22 is less than the run in",
                    "has done (23 steps)");
        }
    }

    /** Scored every 4 steps of epochs of 10, and after the last one; stopped within an epoch, in a scoring within one, and behind an epoch's unscored end. */
    @ParameterizedTest
    @CsvSource({"3,false,1,false", "8,true,1,true", "11,false,1,false", "4,true,3,false"})
    void scoringsBetweenStepsAreResumedWithTheSameNumbers(int stopAfter, boolean inScoring, int accumulate, boolean amp) throws IOException {
        RunOptions options = OPTIONS
                .with(Map.of("eval-steps", 4, "save-every", 3, "metric", "loss", "scheduler", "cosine", "accumulate", accumulate, "amp", amp))
                .with(Map.of("label-smoothing", 0.1, "class-weights", "balanced", "freeze", "embeddings", "layer-wise-lr-decay", 0.7));
        try (Device device = JvmDevice.open(1)) {
            Watch whole = new Watch(-1, false);
            assertTrue(run("whole", options, whole, false, device));
            assertEquals(accumulate == 1 ? List.of(4L, 8L, 12L, 16L, 20L) : List.of(4L, 8L), whole.scored.stream().map(EpochResult::step).toList());
            assertEquals(accumulate == 1 ? 0.4 : 1.0, whole.scored.getFirst().epoch(), 1e-9);
            for (EpochResult result : whole.scored) {
                boolean lowest = whole.scored.stream().filter(r -> r.step() < result.step())
                        .allMatch(r -> r.validation().loss() > result.validation().loss());
                assertEquals(lowest, result.best(), "step " + result.step());
            }
            assertFalse(run("stopped", options, new Watch(stopAfter, inScoring), false, device));
            Watch second = new Watch(-1, false);
            assertTrue(run("stopped", options, second, true, device));
            assertEquals(whole.steps - stopAfter, second.steps);
            assertSame("whole", "stopped");
        }
    }

    /** No scoring is better by so much: the first counts as a gain, and after two more that are none the run is over, and stays so. */
    @Test
    void endsEarlyWithoutGain() throws IOException {
        RunOptions options = OPTIONS.with(Map.of("eval-steps", 3, "early-stopping", 2, "early-stopping-threshold", 1e6));
        try (Device device = JvmDevice.open(1)) {
            Watch whole = new Watch(-1, false);
            assertTrue(run("whole", options, whole, false, device));
            assertEquals(9, whole.steps);
            // Stopped in the scoring that would have been the last one.
            assertFalse(run("stopped", options, new Watch(9, true), false, device));
            Watch second = new Watch(-1, false);
            assertTrue(run("stopped", options, second, true, device));
            assertEquals(0, second.steps);
            assertEquals(whole.scored.getLast().validation().loss(), second.scored.getLast().validation().loss());
            assertSame("whole", "stopped");
            Watch nothing = new Watch(-1, false);
            assertTrue(run("whole", options, nothing, true, device));
            assertEquals(List.of(), nothing.told);
            Watch more = new Watch(-1, false);
            assertTrue(run("whole", options.with("early-stopping", 4), more, true, device));
            assertEquals(6, more.steps);
        }
    }
}
