// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Dropout;
import dev.mixed.autograd.nn.Embedding;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.autograd.nn.Module;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.BertModel;
import dev.mixed.bert.model.SequenceClassifier;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.ModuleFile;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import dev.mixed.weights.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A user's own module gets the trainer, the checkpoints and the evaluation that BERT has. */
class OwnModuleTest {
    private static final int LENGTH = 16;
    private static final List<String> THREE = List.of("weather", "food", "travel");
    private static final RunOptions OPTIONS = RunOptions.defaults().with("epochs", 3).with("batch", 4).with("length", LENGTH).with("lr", 0.1)
            .with("log-every", 3).with("save-every", 3);

    @TempDir
    private Path temp;

    /** The mean of [batch, seq, hidden] over the tokens, without padding: [batch, hidden]. */
    private static Variable mean(Variable hidden, Tensor attentionBias) {
        int batch = hidden.shape().dim(0);
        // Softmax of 0 for tokens and of float's minimum for padding is 1 / tokens and 0.
        Variable weights = F.reshape(F.softmax(Variable.constant(attentionBias)), batch, 1, hidden.shape().dim(1));
        return F.reshape(F.matmul(weights, hidden), batch, hidden.shape().dim(2));
    }

    /** The mean of word embeddings and a linear classifier. Its names mean other things in files of BERT. */
    private static final class MeanPooling extends SequenceModel implements SequenceClassifier {
        private final RandomState random;
        private final Embedding words;
        private final Dropout dropout;
        private final Linear classifier;
        private final int logits;

        MeanPooling(Device device, int vocabulary, int logits, long seed) {
            Initializer init = new Initializer(device, seed);
            random = new RandomState(device, seed);
            words = register("embeddings", new Embedding(init, vocabulary, 8, 0.5f, 0));
            dropout = register("dropout", new Dropout(0.2f, random));
            classifier = register("cls", new Linear(init, 8, logits, 0.5f));
            this.logits = logits;
        }

        @Override
        public Variable forward(BertInputs inputs) {
            return classifier.forward(dropout.forward(mean(words.forward(inputs.inputIds()), inputs.attentionBias())));
        }

        @Override
        public int numLogits() {
            return logits;
        }

        @Override
        public RandomState random() {
            return random;
        }
    }

    /** BERT's encoder with a head of the user's, and a loss of the user's too. */
    private static final class PooledBert extends SequenceModel implements SequenceClassifier {
        private final RandomState random;
        private final BertModel bert;
        private final Linear head;

        PooledBert(BertConfig config, Device device, long seed) {
            Initializer init = new Initializer(device, seed);
            random = new RandomState(device, seed);
            bert = register("bert", new BertModel(config, init, random));
            head = register("mean_head", new Linear(init, config.hiddenSize(), config.numLabels(), 0.02f));
        }

        @Override
        public Variable forward(BertInputs inputs) {
            return head.forward(mean(bert.forward(inputs), inputs.attentionBias()));
        }

        @Override
        public Variable loss(Variable logits, Tensor labels, Tensor weights) {
            return F.scale(SequenceClassifier.super.loss(logits, labels, weights), 2f);
        }

        @Override
        public int numLogits() {
            return 3;
        }

        @Override
        public RandomState random() {
            return random;
        }
    }

    /** Losses of the epochs so far after each step, as the only thing of interest; stops the run after a number of steps. */
    private static final class Losses implements TrainingListener {
        private final List<Double> losses = new ArrayList<>();
        private final int stopAfter;

        Losses(int stopAfter) {
            this.stopAfter = stopAfter;
        }

        @Override
        public void step(int texts, double loss) {
            losses.add(loss);
            if (losses.size() == stopAfter) {
                throw new Stopped();
            }
        }
    }

    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Keeps the results of the epochs, and overrides nothing else. */
    private static final class Results implements TrainingListener {
        private final List<EpochResult> results = new ArrayList<>();

        @Override
        public void epochScored(EpochResult result) {
            results.add(result);
        }
    }

    private Dataset data(int classes) {
        return Dataset.load(Toy.data(temp, classes), 1);
    }

    private <M extends SequenceModel & SequenceClassifier> Trainer trainer(M model, int classes, RunOptions options, Path run, Device device) {
        Dataset data = data(classes);
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            return Trainer.of(model, data.labelNames(), TokenizedDataset.of(data.train(), tokenizer, options.batches().length()),
                    TokenizedDataset.of(data.validation(), tokenizer, options.batches().length()), TokenizerFiles.of(tokenizer, options.batches().length()),
                    options,
                    new RunFolder(run), device);
        }
    }

    private <M extends SequenceModel & SequenceClassifier> Evaluation score(M model, int classes, Device device) {
        Dataset data = data(classes);
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            TokenizedDataset validation = TokenizedDataset.of(data.validation(), tokenizer, LENGTH);
            return new Evaluator(new PredictionStep(model, device), data.labelNames())
                    .evaluate(validation, DataLoader.sequential(validation, 4, LengthBuckets.upTo(LENGTH)), texts -> {});
        }
    }

    private static MeanPooling meanPooling(Device device, int logits, long seed) {
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            return new MeanPooling(device, tokenizer.vocabSize(), logits, seed);
        }
    }

    private static void assertSameState(Map<String, Tensor> expected, Map<String, Tensor> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, tensor) -> assertArrayEquals(tensor.toFloats(), actual.get(name).toFloats(), name));
    }

    @ParameterizedTest
    @CsvSource({"2,1", "3,3"})
    void itLearnsAndItsBestEpochIsLoadedByName(int classes, int logits) {
        Path run = temp.resolve("run");
        try (Device device = JvmDevice.open(1)) {
            MeanPooling model = meanPooling(device, logits, 1);
            Results listener = new Results();
            Trainer trainer = trainer(model, classes, OPTIONS, run, device);
            trainer.run(listener);
            List<EpochResult> results = listener.results;
            assertEquals(3, results.size());
            assertTrue(results.getLast().trainLoss() < 0.7 * results.getFirst().trainLoss(), results.toString());
            EpochResult best = results.get(trainer.bestEpoch() - 1);
            assertTrue(best.validation().metrics().accuracy() > 0.9, "accuracy " + best.validation().metrics().accuracy());
            try (SafetensorsFile file = SafetensorsFile.open(run.resolve("model.safetensors"))) {
                assertEquals(Set.of("embeddings.weight", "cls.weight", "cls.bias"), file.tensors().keySet(), "its own names");
            }
            MeanPooling loaded = meanPooling(device, logits, 2);
            assertNotEquals(best.validation().loss(), score(loaded, classes, device).loss());
            ModuleFile.load(run, loaded);
            Evaluation again = score(loaded, classes, device);
            assertEquals(best.validation().loss(), again.loss());
            assertEquals(best.validation().metrics().macroF1(), again.metrics().macroF1());
        }
    }

    @ParameterizedTest
    @CsvSource({"2,1,false", "3,3,false", "3,3,true"})
    void aRunThatWasStoppedWithinAnEpochGivesTheSameBits(int classes, int logits, boolean amp) throws Exception {
        RunOptions options = OPTIONS.with("amp", amp);
        Path whole = temp.resolve("whole");
        Path stopped = temp.resolve("stopped");
        try (Device device = JvmDevice.open(1)) {
            Losses all = new Losses(-1);
            trainer(meanPooling(device, logits, 1), classes, options, whole, device).run(all);
            Trainer first = trainer(meanPooling(device, logits, 1), classes, options, stopped, device);
            // 10 steps an epoch, saved every 3 of the run: the checkpoint is of step 15, in the middle of the second epoch.
            assertThrows(Stopped.class, () -> first.run(new Losses(17)));
            MeanPooling resumed = meanPooling(device, logits, 99);
            Trainer second = trainer(resumed, classes, options, stopped, device);
            second.resume();
            assertEquals(15, second.stepsDone());
            Losses rest = new Losses(-1);
            second.run(rest);
            assertEquals(all.losses.subList(15, 30), rest.losses);
            for (String file : List.of("model.safetensors", "last/model.safetensors", "last/training_state.safetensors", "last/training_state.json",
                    "last/config.json", "last/vocab.txt")) {
                assertArrayEquals(Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(stopped.resolve(file)), file);
            }
            MeanPooling last = meanPooling(device, logits, 5);
            ModuleFile.load(stopped.resolve("last"), last);
            assertSameState(resumed.stateDict(), last.stateDict());
        }
    }

    @Test
    void anOwnHeadOnAPretrainedEncoderIsTrainedAndResumed() {
        BertConfig config = Toy.config(THREE);
        Path run = temp.resolve("run");
        RunOptions one = OPTIONS.with("epochs", 1);
        try (Device device = JvmDevice.open(1)) {
            BertForSequenceClassification pretrained = new BertForSequenceClassification(config, device, 3);
            PooledBert model = new PooledBert(config, device, 4);
            Module.IncompatibleKeys keys = model.loadStateDict(pretrained.stateDict(), false);
            assertEquals(List.of("mean_head.weight", "mean_head.bias"), keys.missingKeys());
            Results listener = new Results();
            trainer(model, 3, one, run, device).run(listener);
            double loss = listener.results.getFirst().trainLoss();
            assertTrue(loss > 1.5 && loss < 3, "twice the cross entropy of three classes, which is 2.2 at the start: " + loss);
            PooledBert resumed = new PooledBert(config, device, 5);
            Trainer trainer = trainer(resumed, 3, one, run, device);
            trainer.resume();
            assertSameState(model.stateDict(), resumed.stateDict());
            assertEquals(model.random().counter(), resumed.random().counter());
            assertEquals(10, trainer.stepsDone());
        }
    }

    @Test
    void anyModuleIsSavedAsOneFile() {
        Path file = temp.resolve("linear.safetensors");
        try (Device device = JvmDevice.open(1)) {
            Linear saved = new Linear(new Initializer(device, 1), 3, 2, 1f);
            ModuleFile.save(file, new Linear(new Initializer(device, 2), 3, 2, 1f));
            ModuleFile.save(file, saved);
            Linear loaded = new Linear(new Initializer(device, 3), 3, 2, 1f);
            ModuleFile.load(file, loaded);
            assertSameState(saved.stateDict(), loaded.stateDict());
            Path nowhere = temp.resolve("nowhere").resolve("linear.safetensors");
            String message = assertThrows(UserException.class, () -> ModuleFile.save(nowhere, saved)).getMessage();
            assertTrue(message.startsWith("Cannot write '" + nowhere + "' ("), message);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedInOneSentence() {
        Path run = temp.resolve("run");
        RunOptions one = OPTIONS.with("epochs", 1);
        try (Device device = JvmDevice.open(1)) {
            trainer(meanPooling(device, 3, 1), 3, one, run, device).run(new TrainingListener() {});
            MeanPooling other = meanPooling(device, 1, 7);
            PooledBert bert = new PooledBert(Toy.config(THREE), device, 7);
            assertEquals("'" + run.resolve("model.safetensors") + "' does not fit the model; use the file that was saved for this configuration (of the wrong"
                    + " shape: cls.weight is [3, 8] instead of [1, 8], cls.bias is [3] instead of [1]).",
                    assertThrows(UserException.class, () -> ModuleFile.load(run, other)).getMessage());
            assertSameState(meanPooling(device, 1, 7).stateDict(), other.stateDict());
            String names = assertThrows(UserException.class, () -> trainer(bert, 3, one, run, device).resume()).getMessage();
            assertTrue(
                    names.contains("missing: bert.embeddings.word_embeddings.weight,")
                            && names.contains("unexpected: embeddings.weight, cls.weight, cls.bias)"),
                    names);
            assertFalse(names.contains("\n"), names);
            assertTrue(assertThrows(UserException.class, () -> trainer(bert, 3, one, temp.resolve("none"), device).resume()).getMessage()
                    .contains("does not exist"));
            String command = assertThrows(UserException.class, () -> LoadedModel.open(run, device)).getMessage();
            assertTrue(command.contains("model_type") && command.contains("is not supported; miXed needs bert"), command);
            String classes = assertThrows(IllegalArgumentException.class,
                    () -> new Evaluator(new PredictionStep(other, device, Precision.FP32), THREE)).getMessage();
            assertTrue(classes.startsWith("the model has 1 logits for the 3 classes"), classes);
        }
    }

    @Test
    void aModelWithoutLayersToComputeAgainIsNotCheckpointed() {
        try (Device device = JvmDevice.open(1)) {
            MeanPooling model = meanPooling(device, 1, 1);
            UsageException e = assertThrows(UsageException.class,
                    () -> trainer(model, 2, OPTIONS.with("gradient-checkpointing", true), temp.resolve("run"), device));
            assertTrue(e.getMessage().startsWith("--gradient-checkpointing is not for the model MeanPooling"), e.getMessage());
        }
    }
}
