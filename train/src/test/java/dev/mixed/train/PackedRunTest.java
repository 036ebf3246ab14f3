// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Variable;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.SequenceClassifier;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.io.UsageException;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import dev.mixed.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs on packed batches give the numbers of padded ones, in training, scoring and prediction, and resume with the same bits. */
class PackedRunTest {
    @TempDir
    private Path temp;

    /** What a run printed, and the trainer that ran. */
    private static final class Watch implements TrainingListener {
        private final List<Double> losses = new ArrayList<>();
        private final List<EpochResult> epochs = new ArrayList<>();
        private final Trainer trainer;
        private final int stopAfter;

        Watch(Trainer trainer, int stopAfter) {
            this.trainer = trainer;
            this.stopAfter = stopAfter;
        }

        @Override
        public void step(int texts, double loss) {
            losses.add(loss);
            if (losses.size() == stopAfter) {
                trainer.stop();
            }
        }

        @Override
        public void epochScored(EpochResult result) {
            epochs.add(result);
        }
    }

    /** 7 texts a batch, of 40: the last of an epoch has 5; dropout is off. */
    private RunOptions options(RunOptions.Pad pad) {
        return RunOptions.defaults().with(Map.of("data", Toy.data(temp), "model", Toy.model(temp, List.of("weather", "food")), "batch", 7, "length", 16,
                "epochs", 2, "lr", 1e-3, "dropout", 0.0, "log-every", 3, "pad", pad, "save-every", 3));
    }

    private RunSetup setup(RunOptions options, String run, Device device) {
        Path folder = temp.resolve(run);
        return new RunSetup(options.with("output", folder), folder, device, Path::of);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,0.02"})
    void trainingAndScoringGiveTheNumbersOfPaddedBatches(int accumulate, double clip) {
        try (Device device = JvmDevice.open(2)) {
            List<Watch> watches = new ArrayList<>();
            List<Evaluation> tests = new ArrayList<>();
            for (RunOptions.Pad pad : new RunOptions.Pad[] {RunOptions.Pad.BUCKET, RunOptions.Pad.PACKED}) {
                RunSetup setup = setup(options(pad).with(Map.of("accumulate", accumulate, "clip", clip)), pad.name(), device);
                Trainer trainer = setup.trainer();
                Watch watch = new Watch(trainer, -1);
                assertTrue(trainer.run(watch));
                watches.add(watch);
                tests.add(setup.test());
            }
            Watch padded = watches.getFirst(), packed = watches.getLast();
            assertEquals(2 * Math.ceilDiv(6, accumulate), packed.losses.size());
            assertArrayEquals(padded.losses.stream().mapToDouble(x -> x).toArray(), packed.losses.stream().mapToDouble(x -> x).toArray(), 2e-6);
            for (int e = 0; e < 2; e++) {
                assertEquals(padded.epochs.get(e).validation().loss(), packed.epochs.get(e).validation().loss(), 2e-6);
                assertEquals(padded.epochs.get(e).validation().scores().all(), packed.epochs.get(e).validation().scores().all());
            }
            assertEquals(tests.getFirst().loss(), tests.getLast().loss(), 2e-6);
            try (SafetensorsFile expected = SafetensorsFile.open(temp.resolve("BUCKET/last/model.safetensors"));
                    SafetensorsFile actual = SafetensorsFile.open(temp.resolve("PACKED/last/model.safetensors"))) {
                for (String name : expected.tensors().keySet()) {
                    // A key's bias has no gradient but for rounding, which Adam makes a step of.
                    float tolerance = name.endsWith("key.bias") ? 1.3e-2f : 2e-5f;
                    assertArrayEquals(expected.floats(name), actual.floats(name), tolerance, name);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRunThatWasStoppedWithinAnEpochGivesTheSameBits(boolean amp) throws IOException {
        RunOptions options = options(RunOptions.Pad.PACKED).with(Map.of("dropout", 0.1, "amp", amp));
        try (Device device = JvmDevice.open(1)) {
            Trainer trainer = setup(options, "whole", device).trainer();
            Watch whole = new Watch(trainer, -1);
            assertTrue(trainer.run(whole));
            Trainer first = setup(options, "stopped", device).trainer();
            assertFalse(first.run(new Watch(first, 8)));
            Trainer second = setup(options.with(Map.of("output", temp.resolve("stopped"), "resume", true)), "stopped", device).trainer();
            assertEquals(8, second.stepsDone());
            Watch rest = new Watch(second, -1);
            assertTrue(second.run(rest));
            assertEquals(whole.losses.subList(8, 12), rest.losses);
            for (String file : List.of("model.safetensors", "last/model.safetensors", "last/training_state.safetensors")) {
                assertArrayEquals(Files.readAllBytes(temp.resolve("whole").resolve(file)), Files.readAllBytes(temp.resolve("stopped").resolve(file)), file);
            }
        }
    }

    @Test
    void predictionsAndScoresOfALoadedModelAreThoseOfPaddedBatches() {
        List<String> texts = new ArrayList<>();
        List<LabeledText> labeled = new ArrayList<>();
        for (int i = 0; i < 23; i++) {
            // The first is [CLS] and [SEP] alone, the last are cut.
            texts.add("rain and bread ".repeat(i % 8).strip());
            labeled.add(new LabeledText(texts.getLast(), i % 2));
        }
        try (Device device = JvmDevice.open(2); LoadedModel model = LoadedModel.open(Toy.model(temp, List.of("weather", "food")), device);
                BertTokenizer tokenizer = Toy.tokenizer()) {
            model.setPad(RunOptions.Pad.BUCKET);
            double[][] padded = model.predict(texts, 4, 16);
            Evaluation scores = model.evaluate(TokenizedDataset.of(labeled, tokenizer, 16), 4, 16, n -> {});
            model.setPad(RunOptions.Pad.PACKED);
            double[][] packed = model.predict(texts, 4, 16);
            for (int i = 0; i < padded.length; i++) {
                assertArrayEquals(padded[i], packed[i], 1e-6);
            }
            assertEquals(scores.loss(), model.evaluate(TokenizedDataset.of(labeled, tokenizer, 16), 4, 16, n -> {}).loss(), 1e-6);
            long programs = device.stats().programsRecorded();
            model.predict(texts.subList(3, 11), 4, 16);
            assertEquals(programs, device.stats().programsRecorded(), "other texts find the programs that there are");
            assertArrayEquals(padded[2], model.predict(texts.subList(2, 3), 4, 16)[0], 1e-6);
        }
    }

    /** A model of one's own that reads the attention bias. */
    private static final class Own extends SequenceModel implements SequenceClassifier {
        private final BertForSequenceClassification bert;

        Own(Device device) {
            bert = register("bert", new BertForSequenceClassification(Toy.config(List.of("a", "b")), device, 1));
        }

        @Override
        public Variable forward(BertInputs inputs) {
            return bert.forward(inputs);
        }

        @Override
        public int numLogits() {
            return 1;
        }

        @Override
        public RandomState random() {
            return bert.random();
        }
    }

    @Test
    void aModelThatTakesPaddedBatchesAloneIsNotGivenOthers() {
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = Toy.tokenizer()) {
            TokenizedDataset data = TokenizedDataset.of(List.of(new LabeledText("rain", 0), new LabeledText("bread", 1)), tokenizer, 16);
            RunOptions options = RunOptions.defaults().with(Map.of("length", 16, "pad", "packed"));
            UsageException e = assertThrows(UsageException.class, () -> Trainer.of(new Own(device), List.of("a", "b"), data, data, Map.of(), options,
                    new RunFolder(temp.resolve("own")), device));
            assertEquals("--pad packed is not for the model Own, which takes padded batches alone; choose another.", e.getMessage());
        }
    }
}
