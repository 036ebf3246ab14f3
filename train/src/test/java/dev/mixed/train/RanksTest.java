// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.distributed.Collective;
import dev.mixed.distributed.Collectives;
import dev.mixed.distributed.RankGroup;
import dev.mixed.distributed.RankThreads;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UserException;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RankOptions;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks that train together, here threads over real sockets, are one rank that accumulates the gradients of as many batches: to the bit. */
class RanksTest {
    private static final List<String> FILES = List.of("model.safetensors", "last/model.safetensors", "last/training_state.safetensors");

    @TempDir
    private Path temp;

    /** What a run has told: mean losses of its logged steps and epochs, and its scores. */
    private static final class Watch implements TrainingListener {
        private final List<Double> told = new ArrayList<>();
        private final Trainer trainer;
        private final int stopAfter;
        private int steps;

        Watch(Trainer trainer, int stopAfter) {
            this.trainer = trainer;
            this.stopAfter = stopAfter;
        }

        @Override
        public void step(int texts, double loss) {
            told.add((double) texts);
            if (++steps == stopAfter) {
                trainer.stop();
            }
        }

        @Override
        public void logged(long step, double epoch, double loss, double lr, LossScale scale) {
            told.add(loss);
        }

        @Override
        public void epochScored(EpochResult result) {
            told.add(result.trainLoss());
            told.add(result.validation().loss());
        }
    }

    private RunOptions toy() {
        return RunOptions.defaults().with(Map.of("data", Toy.data(temp), "model", Toy.model(temp, List.of("weather", "food")), "batch", 4, "length", 16,
                "epochs", 2, "lr", 1e-3, "dropout", 0.0, "log-every", 3));
    }

    /** What one rank says in the end. */
    private record Result(boolean complete, List<Double> told, Evaluation test, List<String> notes) {
    }

    private Result run(RunOptions options, String folder, int stopAfter, RankGroup group) {
        Path output = temp.resolve(folder);
        boolean half = options.ranks().gradientPrecision() == RankOptions.GradientPrecision.HALF;
        try (Device device = JvmDevice.open(1); Collective collective = Collectives.open(group, device, half, note -> {})) {
            RunSetup setup = new RunSetup(options.folder().resume() ? options : options.with("output", output), output, device, Path::of, Path::of,
                    DataParallel.of(group, collective));
            try {
                Trainer trainer = setup.trainer();
                Watch watch = new Watch(trainer, stopAfter);
                boolean complete = trainer.run(watch);
                Evaluation test = complete ? setup.testTogether().orElse(null) : null;
                group.barrier();
                return new Result(complete, watch.told, test, setup.notes());
            } catch (UserException e) {
                group.fail(e.getMessage());
                throw e;
            }
        }
    }

    private RunOptions resumed(RunOptions options, String folder) {
        return options.with(Map.of("output", temp.resolve(folder), "resume", true));
    }

    private List<Result> run(RunOptions options, String folder, int stopAfter, int ranks) throws Exception {
        return RankThreads.run(ranks, group -> run(options, folder, stopAfter, group));
    }

    private void assertSame(String expected, String actual) throws IOException {
        for (String file : FILES) {
            assertArrayEquals(Files.readAllBytes(temp.resolve(expected).resolve(file)), Files.readAllBytes(temp.resolve(actual).resolve(file)), file);
        }
    }

    /** The last step of an epoch has fewer batches than there are ranks, and its last batch fewer texts. */
    @ParameterizedTest
    @CsvSource({"toy,2,bucket,false", "toy,4,packed,true", "tokens,3,packed,false", "mlm,2,bucket,true", "multilabel,3,bucket,false", "cosine,3,bucket,false",
        "contrastive,2,bucket,false"})
    void areOneRankThatAccumulates(String task, int ranks, String pad, boolean amp) throws Exception {
        RunOptions options = (task.equals("toy") ? toy() : TaskRunsTest.options(task, temp)).with(Map.of("pad", pad, "amp", amp, "dropout", 0.0, "epochs", 2));
        Result one = run(options.with("accumulate", ranks), "one", -1, RankGroup.single());
        List<Result> all = run(options.with("ranks", ranks), "ranks", -1, ranks);
        assertEquals(one.told, all.getFirst().told);
        assertEquals(one.test.loss(), all.getFirst().test.loss());
        assertEquals(one.test.scores().all(), all.getFirst().test.scores().all());
        assertSame("one", "ranks");
        for (Result other : all.subList(1, ranks)) {
            // They count the same steps and losses, and score nothing.
            assertTrue(one.told.containsAll(other.told));
            assertEquals(null, other.test);
        }
    }

    /** With dropout, which differs by rank; scored within epochs, ended early. */
    @Test
    void whatWasStoppedAndResumedGivesTheSameBits() throws Exception {
        RunOptions options = toy().with(Map.of("ranks", 3, "dropout", 0.1, "eval-steps", 3, "early-stopping", 4, "save-every", 2, "amp", true, "epochs", 3));
        Result whole = run(options, "whole", -1, 3).getFirst();
        assertFalse(run(options, "stopped", 4, 3).getFirst().complete);
        Result rest = run(resumed(options, "stopped"), "stopped", -1, 3).getFirst();
        assertTrue(rest.complete);
        assertEquals(whole.told.subList(whole.told.size() - rest.told.size(), whole.told.size()), rest.told);
        assertSame("whole", "stopped");
        // Where all ranks dropped out the same, this would be the accumulation of one.
        run(options.with(Map.of("ranks", 1, "accumulate", 3)), "one", -1, RankGroup.single());
        assertNotEquals(Files.mismatch(temp.resolve("whole/last/model.safetensors"), temp.resolve("one/last/model.safetensors")), -1);
    }

    @Test
    void aRunGoesOnOnAnotherNumberOfRanks() throws Exception {
        RunOptions options = toy().with("ranks", 4);
        Result whole = run(options, "whole", -1, 4).getFirst();
        assertFalse(run(options, "moved", 2, 4).getFirst().complete);
        List<Result> moved = run(resumed(options, "moved"), "moved", 3, 3);
        assertEquals("The run was started on 4 ranks and goes on on 3: its steps are over the same 4 batches, whose gradients are added in another order.",
                moved.getFirst().notes.getLast());
        Result rest = run(resumed(options, "moved"), "moved", -1, RankGroup.single());
        assertEquals(whole.test.loss(), rest.test.loss(), 1e-5);
        UserException tooMany = (UserException) RankThreads.outcomes(5, new RankThreads.Numbered<Result>() {
            private final int port = RankThreads.freePort();

            @Override
            public Result run(int rank) {
                try (RankGroup group = RankGroup.join(RankThreads.environment(rank, 5, port), RankThreads.TIMES)) {
                    return RanksTest.this.run(resumed(options, "moved"), "moved", -1, group);
                }
            }
        }).getFirst().problem();
        // All refuse it: that of another rank may be there first.
        assertEquals("The run takes 4 batches a step, too few for 5 ranks: resume it on 4 at most.", tooMany.getMessage().replaceFirst("^Rank \\d: ", ""));
    }

    @Test
    void predictAndScoreTogetherInOrder() throws Exception {
        List<LabeledText> texts = new ArrayList<>();
        for (int i = 0; i < 23; i++) {
            texts.add(new LabeledText("rain and bread ".repeat(i % 8).strip(), i % 2));
        }
        Path folder = Toy.model(temp, List.of("weather", "food"));
        float[][] outputs;
        Evaluation scores;
        try (Device device = JvmDevice.open(1); LoadedModel model = LoadedModel.open(folder, device)) {
            TokenizedDataset data = TokenizedDataset.of(texts, model.tokenizer(), 16);
            outputs = model.outputs(data, 4, 16);
            scores = model.evaluate(data, 4, 16, n -> {});
        }
        List<Boolean> results = RankThreads.run(4, group -> {
            try (Device device = JvmDevice.open(1); LoadedModel model = LoadedModel.open(folder, device)) {
                model.setRanks(DataParallel.of(group, Collective.single()));
                TokenizedDataset data = TokenizedDataset.of(texts, model.tokenizer(), 16);
                Optional<float[][]> together = model.outputsTogether(data, 4, 16);
                together.ifPresent(all -> assertArrayEquals(outputs, all));
                // 4 texts are one batch, of which three ranks have nothing to compute.
                model.outputsTogether(TokenizedDataset.of(texts.subList(0, 4), model.tokenizer(), 16), 4, 16)
                        .ifPresent(some -> assertArrayEquals(Arrays.copyOf(outputs, 4), some));
                Optional<Evaluation> scored = model.evaluateTogether(data, 4, 16);
                scored.ifPresent(all -> assertEquals(List.of(scores.loss(), scores.scores().all()), List.of(all.loss(), all.scores().all())));
                return together.isPresent() && scored.isPresent();
            }
        });
        assertEquals(List.of(true, false, false, false), results);
    }

    @Test
    void halvesOnTheWireTrainNearlyTheSame() throws Exception {
        RunOptions options = toy().with(Map.of("ranks", 2, "amp", true));
        Result exact = run(options, "float", -1, 2).getFirst();
        Result rounded = run(options.with("gradient-precision", "half"), "half", -1, 2).getFirst();
        assertEquals(exact.test.loss(), rounded.test.loss(), 2e-2);
        assertNotEquals(exact.test.loss(), rounded.test.loss());
    }

    @ParameterizedTest
    @CsvSource({"option,'Rank 1 differs from rank 0 in its --lr (0.002 there, 0.001 here): start all ranks with the same options, data and model.'",
        "data,'Rank 1 differs from rank 0 in its texts and labels (checksum X there, checksum X here): start all ranks with the same options, data and model.'",
        "weights,'Rank 1 differs from rank 0 in its weights (checksum X there, checksum X here): start all ranks with the same options, data and model.'"})
    void whoHasOtherOptionsOrDataIsNamed(String what, String sentence) throws Exception {
        RunOptions options = toy().with("ranks", 2);
        Path data = Toy.data(temp.resolve("other"));
        Files.writeString(data.resolve("train_text.txt"),
                Files.readString(data.resolve("train_text.txt")).replaceFirst("rain|sun|wind|snow|storm|cloud", "hail"));
        int port = RankThreads.freePort();
        var outcomes = RankThreads.<Result>outcomes(2, rank -> {
            RunOptions own = rank == 0 ? options : switch (what) {
                case "option" -> options.with("lr", 0.002);
                case "data" -> options.with("data", data);
                default -> options.with("model", Toy.model(temp.resolve("model2"), List.of("food", "weather")));
            };
            try (RankGroup group = RankGroup.join(RankThreads.environment(rank, 2, port), RankThreads.TIMES)) {
                return run(own, "run", -1, group);
            }
        });
        for (RankThreads.Outcome<Result> outcome : outcomes) {
            assertEquals(sentence, outcome.problem().getMessage().replaceAll("checksum [0-9a-f]+", "checksum X").replaceAll("^Rank \\d: ", ""));
        }
        assertFalse(Files.exists(temp.resolve("run")));
    }
}
