// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.GradScaler;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An epoch's moments go to the disk while it is scored; whatever comes of the scoring, the run's folder holds whole checkpoints and nothing else. */
@Timeout(120)
class ScoringBesideSavingTest {
    private static final int LENGTH = 16;
    private static final List<String> CLASSES = List.of("weather", "food");
    private static final List<String> FILES = List.of("model.safetensors", "last/model.safetensors", "last/training_state.safetensors",
            "last/training_state.json");
    /** 10 steps an epoch. */
    private static final RunOptions OPTIONS = RunOptions.defaults().with("epochs", 2).with("batch", 4).with("length", LENGTH).with("lr", 5e-3);

    @TempDir
    private Path temp;

    /** What happens when the first batch of validation texts of a scoring is made. */
    @FunctionalInterface
    private interface Scoring {
        /** @param step steps done */
        void began(Run run, long step);
    }

    /** A run over the toy data that is looked at while it scores. */
    private final class Run implements TrainingListener {
        private final RunFolder folder;
        private final Scoring scoring;
        private final Trainer trainer;
        private boolean told = true;

        Run(String name, RunOptions options, Device device, Scoring scoring) {
            this.folder = new RunFolder(temp.resolve(name));
            this.scoring = scoring;
            BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(CLASSES), device, 3);
            Optimizer optimizer = new AdamW(List.of(new ParameterGroup(model.namedParameters(), 0f)), 1e-3f);
            GradScaler scaler = GradScaler.disabled(device);
            Dataset data = Dataset.load(Toy.data(temp), 1);
            try (BertTokenizer tokenizer = Toy.tokenizer()) {
                TokenizedDataset train = TokenizedDataset.of(data.train(), tokenizer, LENGTH);
                TokenizedDataset validation = TokenizedDataset.of(data.validation(), tokenizer, LENGTH);
                LengthBuckets buckets = LengthBuckets.upTo(LENGTH);
                DataLoader watched = DataLoader.sequential(validation, 4, buckets, (texts, indices, rows, seq, epoch) -> {
                    began();
                    return Batch.of(texts, indices, rows, seq);
                });
                trainer = new Trainer(model, optimizer, scaler, new TrainingStep(model, optimizer, 1f, device),
                        new Evaluator(new PredictionStep(model, device), CLASSES), DataLoader.shuffled(train, 4, buckets, 1), validation, watched, options,
                        folder, TokenizerFiles.of(tokenizer, LENGTH));
            }
        }

        /** An epoch of this data is shorter than a save, for which moments are not begun: the tests want them begun. */
        @Override
        public void epochTrained() {
            told = false;
            while (trainer.saving()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }

        private void began() {
            if (!told) {
                told = true;
                scoring.began(this, trainer.stepsDone());
            }
        }

        boolean resumed() {
            trainer.resume();
            return trainer.run(this);
        }

        /** Where a save of the last checkpoint writes. */
        Path partial() {
            return folder.last().resolve(".checkpoint.partial");
        }

        /** Waits for the moments' file: scoring has begun and is not over. */
        void awaitMoments() {
            Path moments = partial().resolve("training_state.safetensors");
            for (long begun = System.nanoTime(); !Files.exists(moments);) {
                assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(10), "no moments are written while an epoch is scored");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }

        long lastStep() {
            try (Checkpoint last = Checkpoint.open(folder.last())) {
                return last.state().orElseThrow().step();
            }
        }
    }

    private void assertSame(String expected, String actual) throws IOException {
        for (String file : FILES) {
            assertEquals(-1, Files.mismatch(temp.resolve(expected).resolve(file), temp.resolve(actual).resolve(file)), file);
        }
    }

    @Test
    void momentsAreWrittenWhileAnEpochIsScoredAndTheCheckpointBeforeCounts() {
        try (Device device = JvmDevice.open(1)) {
            Run run = new Run("run", OPTIONS, device, (scored, step) -> {
                scored.awaitMoments();
                assertEquals(step == 20, Files.exists(scored.folder.last().resolve("config.json")));
                if (step == 20) {
                    assertEquals(10, scored.lastStep());
                }
            });
            assertTrue(run.trainer.run(run));
            assertEquals(20, run.lastStep());
            assertFalse(Files.exists(run.partial()));
        }
    }

    @Test
    void aScoringThatFailsLeavesTheCheckpointBeforeAndNothingElse() throws IOException {
        try (Device device = JvmDevice.open(1)) {
            Run whole = new Run("whole", OPTIONS, device, (_, _) -> {});
            assertTrue(whole.trainer.run(whole));
            for (int failing : List.of(10, 20)) {
                Run run = new Run("failed", OPTIONS, device, (scored, step) -> {
                    if (step == failing) {
                        scored.awaitMoments();
                        throw new IllegalStateException("in scoring");
                    }
                });
                assertEquals("in scoring", assertThrows(IllegalStateException.class, () -> run.trainer.run(run)).getMessage());
                assertFalse(Files.exists(run.partial()));
                assertEquals(failing == 20, Files.exists(run.folder.last()));
            }
            Run resumed = new Run("failed", OPTIONS, device, (_, _) -> {});
            assertTrue(resumed.resumed());
            assertSame("whole", "failed");
        }
    }

    /** Stopped in the scoring of an epoch, and once more in the same: its checkpoint is there by then, so no other is begun. */
    @Test
    void aScoringThatIsStoppedCompletesTheCheckpointOnce() throws IOException {
        try (Device device = JvmDevice.open(1)) {
            Run whole = new Run("whole", OPTIONS, device, (_, _) -> {});
            assertTrue(whole.trainer.run(whole));
            Run first = new Run("stopped", OPTIONS, device, (scored, step) -> {
                if (step == 20) {
                    scored.awaitMoments();
                    scored.trainer.stop();
                }
            });
            assertFalse(first.trainer.run(first));
            assertEquals(20, first.lastStep());
            assertFalse(Files.exists(first.partial()));
            Object saved = Files.getLastModifiedTime(first.folder.last().resolve("training_state.json"));
            Run second = new Run("stopped", OPTIONS, device, (scored, _) -> {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                assertFalse(Files.exists(scored.partial()), "what will not be saved is written");
                scored.trainer.stop();
            });
            assertFalse(second.resumed());
            assertFalse(Files.exists(second.partial()));
            assertEquals(saved, Files.getLastModifiedTime(second.folder.last().resolve("training_state.json")));
            Run third = new Run("stopped", OPTIONS, device, (_, _) -> {});
            assertTrue(third.resumed());
            assertSame("whole", "stopped");
        }
    }
}
