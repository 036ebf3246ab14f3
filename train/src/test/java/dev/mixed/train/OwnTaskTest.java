// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Embedding;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.Scores;
import dev.mixed.train.run.RunOptions;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A module of a user's own with a task of the user's own is trained, scored, saved and resumed by the trainer: here, to count the words of a kind. */
class OwnTaskTest {
    private static final int LENGTH = 16;
    private static final List<String> COUNTED = List.of("rain", "sun", "snow");
    private static final RunOptions OPTIONS = RunOptions.defaults().with(Map.of("epochs", 12, "batch", 4, "length", LENGTH, "lr", 0.1, "warmup", 0.0,
            "save-every", 3, "log-every", 3));

    @TempDir
    private Path temp;

    /** How many words count: a target that no task of miXed has. */
    private record Count(int words) implements Target {
        @Override
        public byte[] bytes() {
            return ByteBuffer.allocate(Integer.BYTES).putInt(words).array();
        }

        @Override
        public int code() {
            return words;
        }
    }

    /** The sum of a number for each token: [batch]. */
    private static final class Adder extends SequenceModel {
        private final Embedding words;
        private final RandomState random;

        Adder(Device device, int vocabulary, long seed) {
            words = register("numbers", new Embedding(new Initializer(device, seed), vocabulary, 1, 0.1f, 0));
            random = new RandomState(device, seed);
        }

        @Override
        public Variable forward(BertInputs inputs) {
            Shape shape = inputs.inputIds().shape();
            return F.sumLast(F.reshape(words.forward(inputs.inputIds()), shape.dim(0), shape.dim(1)));
        }

        @Override
        public RandomState random() {
            return random;
        }
    }

    private record Distance(int total, double mean) implements Scores {
        @Override
        public SequencedMap<String, Double> followed() {
            SequencedMap<String, Double> scores = new LinkedHashMap<>();
            scores.put("distance", mean);
            return scores;
        }

        @Override
        public SequencedMap<String, Double> all() {
            return followed();
        }

        @Override
        public String main() {
            return "distance";
        }

        @Override
        public double score() {
            return -mean;
        }
    }

    private record Counting(Adder model) implements Task<Long> {
        @Override
        public void requireTargets(TokenizedDataset data) {
            data.requireTargets(Count.class);
        }

        @Override
        public Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch) {
            Batch texts = Batch.texts(data, indices, batchSize, seqLength);
            float[] counts = new float[batchSize];
            for (int row = 0; row < indices.length; row++) {
                counts[row] = ((Count) data.target(indices[row])).words();
            }
            return texts.withTargets(texts.labels(), texts.weights(), counts);
        }

        @Override
        public Tensor targets(Device device, int batch, int seq) {
            return Tensor.zeros(device, Shape.of(batch), DType.F32);
        }

        @Override
        public Variable loss(Variable outputs, Tensor targets, Tensor weights) {
            Variable difference = F.sub(outputs, Variable.constant(targets));
            return F.div(F.sum(F.mul(F.mul(difference, difference), Variable.constant(weights))), F.sum(Variable.constant(weights)));
        }

        @Override
        public List<String> followed() {
            return List.of("distance");
        }

        @Override
        public Evaluation evaluate(TokenizedDataset data, float[][] outputs) {
            double sum = 0;
            for (int i = 0; i < outputs.length; i++) {
                sum += Math.abs(outputs[i][0] - ((Count) data.target(i)).words());
            }
            return new Evaluation(sum / outputs.length, new Distance(outputs.length, sum / outputs.length));
        }

        @Override
        public Long prediction(TokenizedDataset data, int index, float[] outputs) {
            return (long) Math.round(outputs[0]);
        }
    }

    private static List<LabeledText> texts(int seed) {
        List<LabeledText> texts = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(seed);
        String[] words = {"rain", "bread", "sun", "soup", "snow", "the", "cake"};
        for (int i = 0; i < 40; i++) {
            List<String> text = new ArrayList<>();
            for (int w = 0; w < 3 + i % 7; w++) {
                text.add(words[random.nextInt(7)]);
            }
            texts.add(new LabeledText(String.join(" ", text), null, new Count((int) text.stream().filter(COUNTED::contains).count())));
        }
        return texts;
    }

    private static Trainer trainer(Counting task, Path run, BertTokenizer tokenizer, Device device) {
        return Trainer.of(task, TokenizedDataset.of(texts(1), tokenizer, LENGTH), TokenizedDataset.of(texts(2), tokenizer, LENGTH),
                TokenizerFiles.of(tokenizer, LENGTH), OPTIONS, new RunFolder(run), device);
    }

    @Test
    void itIsTrainedScoredSavedAndResumed() throws Exception {
        Path whole = temp.resolve("whole");
        Path stopped = temp.resolve("stopped");
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = Toy.tokenizer()) {
            List<EpochResult> epochs = new ArrayList<>();
            Counting task = new Counting(new Adder(device, tokenizer.vocabSize(), 1));
            Trainer trainer = trainer(task, whole, tokenizer, device);
            trainer.run(new TrainingListener() {
                @Override
                public void epochScored(EpochResult result) {
                    epochs.add(result);
                }
            });
            assertTrue(epochs.getLast().validation().scores().score() > -0.5, epochs.toString());
            assertTrue(epochs.getLast().validation().loss() < epochs.getFirst().validation().loss(), epochs.toString());
            assertTrue(trainer.bestEpoch() > 3, "less is better, but the best epoch is " + trainer.bestEpoch());
            assertTrue(Files.readString(whole.resolve("last/training_state.json")).contains("best_distance"));
            assertThrows(IllegalStateException.class, () -> epochs.getLast().validation().metrics());
            TokenizedDataset one = TokenizedDataset.unlabeled(List.of("rain soup sun rain"), tokenizer, LENGTH);
            float[] outputs = new PredictionStep(task.model(), device).logits(Batch.texts(one, new int[] {0}, 1, 8));
            assertEquals(3L, task.prediction(one, 0, outputs));

            Trainer first = trainer(new Counting(new Adder(device, tokenizer.vocabSize(), 1)), stopped, tokenizer, device);
            assertFalse(first.run(new TrainingListener() {
                private int steps;

                @Override
                public void step(int texts, double loss) {
                    if (++steps == 17) {
                        first.stop();
                    }
                }
            }));
            Trainer second = trainer(new Counting(new Adder(device, tokenizer.vocabSize(), 9)), stopped, tokenizer, device);
            second.resume();
            assertEquals(17, second.stepsDone());
            assertTrue(second.run(new TrainingListener() {}));
            for (String file : List.of("model.safetensors", "last/model.safetensors", "last/training_state.safetensors", "last/training_state.json")) {
                assertArrayEquals(Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(stopped.resolve(file)), file);
            }
        }
    }

    @Test
    void targetsOfAnotherTaskAreRefused() {
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = Toy.tokenizer()) {
            Counting task = new Counting(new Adder(device, tokenizer.vocabSize(), 1));
            TokenizedDataset classes = TokenizedDataset.of(List.of(new LabeledText("rain", 1)), tokenizer, LENGTH);
            String message = assertThrows(IllegalArgumentException.class,
                    () -> Trainer.of(task, classes, classes, Map.of(), OPTIONS, new RunFolder(temp), device)).getMessage();
            assertTrue(message.contains("index 0") && message.contains("OfClass") && message.contains("Count"), message);
            TokenizedDataset counts = TokenizedDataset.of(texts(1), tokenizer, LENGTH);
            assertThrows(IllegalStateException.class, () -> counts.label(0));
        }
    }
}
