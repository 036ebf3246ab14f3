// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import dev.mixed.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each task's run resumes with the same bits, and learns the same from one batch as from its parts. */
class TaskRunsTest {
    /** Two epochs of eight batches of 4 to learn from, with a tenth each to validate and to test. */
    private static final int TEXTS = 40;

    @TempDir
    private Path temp;

    /** A data set of {@code task}, and the options with which it is read. */
    private RunOptions options(String task) throws IOException {
        return options(task, temp);
    }

    /** {@link #options(String)} with the data in a folder. */
    static RunOptions options(String task, Path temp) throws IOException {
        List<String> lines = new ArrayList<>();
        String[] words = {"rain", "sun", "snow", "wind", "bread", "soup", "cake", "rice"};
        Map<String, Object> more = Map.of();
        Path file = temp.resolve(task + ".csv");
        switch (task) {
            case "pairs" -> {
                lines.add("text,text_pair,label");
                for (int i = 0; i < TEXTS; i++) {
                    String a = words[i % 8];
                    String b = words[(i * 3 + i / 8) % 8];
                    boolean same = (i % 8 < 4) == ((i * 3 + i / 8) % 8 < 4);
                    lines.add("there is " + a + " and more of it ".repeat(i % 2) + i + ",then came " + b + "," + (same ? "same" : "other"));
                }
            }
            case "regression" -> {
                lines.add("text,label");
                for (int i = 0; i < TEXTS; i++) {
                    lines.add("there is " + words[i % 8] + " and more of it ".repeat(i % 3) + i + "," + (i % 8 + 0.5 * (i % 3)));
                }
            }
            case "mlm", "blocks" -> {
                file = temp.resolve("lines.txt");
                more = Map.of("task", TaskKind.MLM, "blocks", task.equals("blocks"));
                for (int i = 0; i < TEXTS; i++) {
                    lines.add("there is " + words[i % 8] + " and then " + words[i * 3 % 8] + " and more of it ".repeat(i % 3) + i);
                }
            }
            case "cosine", "contrastive" -> {
                boolean scored = task.equals("cosine");
                more = scored ? Map.of("task", TaskKind.EMBEDDINGS, "score-range", "0,4") : Map.of("task", TaskKind.EMBEDDINGS, "pooling", "cls");
                lines.add("text,text_pair" + (scored ? ",score" : ""));
                for (int i = 0; i < TEXTS; i++) {
                    lines.add(
                            "there is " + words[i % 8] + " and more of it ".repeat(i % 3) + i + ",then came " + words[i * 3 % 8] + (scored ? "," + i % 5 : ""));
                }
            }
            case "tokens" -> {
                file = temp.resolve("words.conll");
                for (int i = 0; i < TEXTS; i++) {
                    for (int w = 0; w < 2 + i % 5; w++) {
                        lines.add("the\tO");
                        lines.add(words[(i + 3 * w) % 8] + (w % 2) + "\t" + ((i + 3 * w) % 8 < 4 ? "B-SKY" : "B-FOOD"));
                        lines.add("more\t" + ((i + 3 * w) % 8 < 4 ? "I-SKY" : "O"));
                    }
                    lines.add("");
                }
            }
            case "multilabel" -> {
                lines.add("text,cold,food");
                for (int i = 0; i < TEXTS; i++) {
                    lines.add("there is " + words[i % 8] + " and " + words[i * 5 % 7] + " and more of it".repeat(i % 3) + i + "," + (i % 8 == 2 ? 1 : 0) + ","
                            + (i % 8 > 3 || i * 5 % 7 > 3 ? 1 : 0));
                }
                more = Map.of("label-column", "cold,food", "tune-label-thresholds", true);
            }
            default -> throw new IllegalArgumentException(task);
        }
        Files.write(file, lines);
        return RunOptions.defaults().with(more).with(Map.of("data", file, "epochs", 2, "batch", 4, "length", 24, "lr", 1e-3, "log-every", 3, "save-every", 3));
    }

    private static RunSetup setup(RunOptions options, Path run, Device device) {
        return new RunSetup(options.with("output", run), run, device, name -> {
            throw new IllegalArgumentException(name);
        });
    }

    /** Mean losses of the logged steps, by step, and of the epochs; stops the run after a number of steps. */
    private static final class Losses implements TrainingListener {
        private final SortedMap<Long, Double> losses = new TreeMap<>();
        private final List<Double> epochs = new ArrayList<>();
        private final Trainer trainer;
        private final int stopAfter;
        private int steps;

        Losses(Trainer trainer, int stopAfter) {
            this.trainer = trainer;
            this.stopAfter = stopAfter;
        }

        @Override
        public void step(int texts, double loss) {
            if (++steps == stopAfter) {
                trainer.stop();
            }
        }

        @Override
        public void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
            losses.put(step, loss);
        }

        @Override
        public void epochScored(EpochResult result) {
            epochs.add(result.trainLoss());
        }
    }

    @ParameterizedTest
    @CsvSource({"pairs,false", "pairs,true", "regression,false", "regression,true", "multilabel,false", "multilabel,true", "tokens,false",
        "tokens,true", "mlm,false", "mlm,true", "blocks,false", "cosine,true", "contrastive,false"})
    void aRunThatWasStoppedWithinAnEpochGivesTheSameBits(String task, boolean amp) throws IOException {
        RunOptions options = options(task).with("amp", amp);
        Path whole = temp.resolve("whole");
        Path stopped = temp.resolve("stopped");
        try (Device device = JvmDevice.open(1)) {
            RunSetup setup = setup(options, whole, device);
            Trainer trainer = setup.trainer();
            Losses all = new Losses(trainer, -1);
            assertTrue(trainer.run(all));
            Evaluation test = setup.test();
            assertTrue(Double.isFinite(test.loss()) && Double.isFinite(test.scores().score()), test.toString());
            assertEquals(setup.task().followed(), List.copyOf(test.scores().followed().keySet()));
            int half = all.steps / 2 + 2;
            // Up to there its layers are computed again, which changes no bit either.
            Trainer first = setup(options.with("gradient-checkpointing", true), stopped, device).trainer();
            assertFalse(first.run(new Losses(first, half)));
            RunSetup again = setup(options.with(Map.of("output", stopped, "resume", true)), stopped, device);
            Trainer second = again.trainer();
            assertEquals(half, second.stepsDone());
            Losses rest = new Losses(second, -1);
            assertTrue(second.run(rest));
            assertEquals(all.losses.tailMap(half + 1L), rest.losses);
            assertEquals(all.epochs.getLast(), rest.epochs.getLast());
            for (String file : List.of("model.safetensors", "config.json", "training_data.safetensors", "last/model.safetensors",
                    "last/training_state.safetensors", "last/training_state.json")) {
                assertArrayEquals(Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(stopped.resolve(file)), file);
            }
            Evaluation same = again.test();
            assertEquals(test.loss(), same.loss());
            assertEquals(test.scores().all(), same.scores().all());
        }
    }

    /** Packed batches hold the same texts in the same order as padded ones, and without dropout give the same numbers. */
    @ParameterizedTest
    @CsvSource({"pairs", "regression", "multilabel", "tokens"})
    void packedBatchesGiveTheNumbersOfPaddedOnes(String task) throws IOException {
        RunOptions options = options(task).with(Map.of("dropout", 0.0, "save-every", 0));
        try (Device device = JvmDevice.open(1)) {
            List<Losses> losses = new ArrayList<>();
            List<Double> tests = new ArrayList<>();
            for (RunOptions.Pad pad : List.of(RunOptions.Pad.BUCKET, RunOptions.Pad.PACKED)) {
                RunSetup setup = setup(options.with("pad", pad), temp.resolve(pad.name()), device);
                Trainer trainer = setup.trainer();
                Losses run = new Losses(trainer, -1);
                assertTrue(trainer.run(run));
                losses.add(run);
                tests.add(setup.test().loss());
            }
            assertEquals(2, losses.getLast().epochs.size());
            for (int epoch = 0; epoch < 2; epoch++) {
                double expected = losses.getFirst().epochs.get(epoch);
                assertEquals(expected, losses.getLast().epochs.get(epoch), 5e-6 * Math.max(1, expected));
            }
            assertEquals(tests.getFirst(), tests.getLast(), 2e-5 * Math.max(1, tests.getFirst()));
        }
    }

    private static void assertClose(String name, float[] expected, float[] actual) {
        double norm = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            norm += (double) expected[i] * expected[i];
            error += Math.pow((double) expected[i] - actual[i], 2);
        }
        // The gradient has a norm of 1 after clipping: what is far below is rounding.
        assertTrue(Math.sqrt(error) <= 1e-5 * Math.max(Math.sqrt(norm), 1e-3), name + " differs by " + Math.sqrt(error) + " of " + Math.sqrt(norm));
    }

    /** Batches of 4, of which the last of an epoch may be smaller, and of other lengths, count as the loss counts. */
    @ParameterizedTest
    @CsvSource({"pairs", "regression", "multilabel", "tokens", "mlm", "cosine"})
    void accumulatedBatchesAreOneLargeBatch(String task) throws IOException {
        RunOptions options = options(task).with(Map.of("epochs", 1, "dropout", 0.0, "pad", RunOptions.Pad.MAX, "save-every", 0));
        try (Device device = JvmDevice.open(1)) {
            Trainer large = setup(options.with("batch", 100), temp.resolve("large"), device).trainer();
            Losses one = new Losses(large, -1);
            large.run(one);
            Trainer small = setup(options.with(Map.of("batch", 7, "accumulate", 15)), temp.resolve("small"), device).trainer();
            Losses parts = new Losses(small, -1);
            small.run(parts);
            assertEquals(1, one.steps);
            assertEquals(1, parts.steps);
            assertEquals(one.epochs.getFirst(), parts.epochs.getFirst(), 1e-6 * one.epochs.getFirst());
            try (SafetensorsFile expected = SafetensorsFile.open(temp.resolve("large/last/training_state.safetensors"));
                    SafetensorsFile actual = SafetensorsFile.open(temp.resolve("small/last/training_state.safetensors"))) {
                int compared = 0;
                for (String name : expected.tensors().keySet()) {
                    // After one step the first moment is a tenth of the gradient.
                    if (name.startsWith("exp_avg.")) {
                        assertClose(name, expected.floats(name), actual.floats(name));
                        compared++;
                    }
                }
                assertTrue(compared > 30, compared + " gradients");
            }
        }
    }
}
