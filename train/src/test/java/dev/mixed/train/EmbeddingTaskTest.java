// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.bert.config.Pooling;
import dev.mixed.bert.config.VectorSettings;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.BertSentenceEncoder;
import dev.mixed.bert.model.HeadFixture;
import dev.mixed.bert.model.TorchFixture;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.GpuLowerings;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vectors, losses and gradients are those that transformers' model gives with the formulas of sentence embeddings; scores are those of a plain computation. */
class EmbeddingTaskTest {
    private static final int PAIRS = 3;
    private static final int SEQ = 7;

    @TempDir
    private Path temp;

    private static VectorSettings settings(String loss) {
        return loss.equals("cosine") ? new VectorSettings(Pooling.MEAN, false, VectorSettings.Loss.COSINE)
                : new VectorSettings(Pooling.CLS, false, VectorSettings.Loss.CONTRASTIVE);
    }

    private static EmbeddingTask load(HeadFixture fixture, String loss, Device device) {
        try (ModelFolder folder = ModelFolder.openEncoder(fixture.folder())) {
            BertSentenceEncoder model = BertSentenceEncoder.toBeLoaded(folder.config().withVectors(settings(loss)), device, 0);
            ModelState.loadPretrained(folder, model, model.config());
            return new EmbeddingTask(model, settings(loss));
        }
    }

    /** The fixture's pairs, and rows of padding behind them. */
    private static BertInputs inputs(HeadFixture fixture, int rows, Device device) {
        int[] ids = new int[2 * rows * SEQ];
        int[] mask = new int[ids.length];
        System.arraycopy(fixture.ints("input_ids"), 0, ids, 0, 2 * PAIRS * SEQ);
        System.arraycopy(fixture.ints("attention_mask"), 0, mask, 0, 2 * PAIRS * SEQ);
        for (int half = 2 * PAIRS; half < 2 * rows; half++) {
            mask[half * SEQ] = 1;
        }
        BertInputs inputs = BertInputs.create(device, rows, 2 * SEQ);
        inputs.write(ids, mask, new int[ids.length]);
        return inputs.halves();
    }

    /** The JVM, or a GPU's kernels one by one. */
    private static Device device(boolean gpu) {
        return gpu ? new EmulatedGpu(GpuLowerings.all(new GpuTarget("cuda", 80))) : JvmDevice.open();
    }

    @ParameterizedTest
    @CsvSource({"cosine,3,false,false", "cosine,3,true,false", "cosine,5,false,false", "contrastive,3,false,false", "contrastive,3,true,false",
        "contrastive,5,false,false", "cosine,5,false,true", "cosine,3,true,true", "contrastive,5,false,true", "contrastive,3,true,true"})
    void vectorsLossAndGradients(String loss, int rows, boolean amp, boolean gpu) {
        double tolerance = amp ? 5e-3 : 1e-5;
        Precision precision = amp ? Precision.AMP_FLOAT_RESIDUAL : Precision.FP32;
        try (HeadFixture fixture = HeadFixture.open(loss, temp); Device device = device(gpu)) {
            EmbeddingTask task = load(fixture, loss, device);
            Tensor targets = task.targets(device, rows, 2 * SEQ);
            float[] weights = new float[rows];
            int[] partners = new int[rows];
            float[] scores = new float[rows];
            for (int i = 0; i < PAIRS; i++) {
                weights[i] = 1f;
                partners[i] = i;
                scores[i] = fixture.floats("labels")[i];
            }
            Variable outputs;
            Variable value;
            task.model().train();
            try (Autocast _ = precision.scope(device)) {
                outputs = task.outputs(inputs(fixture, rows, device), null);
                value = task.loss(outputs, targets.dtype() == DType.I32 ? targets.write(partners) : targets.write(scores),
                        Tensor.of(device, Shape.of(rows), weights));
            }
            float[] expected = fixture.floats("logits");
            TorchFixture.assertClose("vectors", expected, Arrays.copyOf(outputs.data().toFloats(), expected.length), tolerance);
            float wanted = fixture.floats("loss")[0];
            assertEquals(wanted, value.data().item(), tolerance * Math.max(1, wanted));
            value.backward();
            float norm = GradientClipping.globalNorm(task.model().parameters()).item();
            double[] squares = {0, 0};
            int[] compared = {0};
            task.model().namedParameters().forEach((parameter, p) -> {
                float[] gradient = p.grad().toFloats();
                float[] right = fixture.floats("grad." + parameter);
                assertEquals(right.length, gradient.length, parameter);
                double error = 0;
                for (int i = 0; i < gradient.length; i++) {
                    squares[0] += (double) right[i] * right[i];
                    error += Math.pow((double) right[i] - gradient[i], 2);
                }
                // The gradient of a key's bias is zero but for rounding.
                assertTrue(amp || parameter.endsWith("key.bias") && error < 1e-12 * norm * norm || error <= 1e-10 * sum(right) + 1e-14 * norm * norm,
                        parameter + " differs by " + Math.sqrt(error));
                squares[1] += error;
                compared[0]++;
            });
            assertTrue(Math.sqrt(squares[1] / squares[0]) <= tolerance, "the whole gradient differs by " + Math.sqrt(squares[1] / squares[0]));
            assertTrue(compared[0] > 30, compared[0] + " gradients");
        }
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return sum;
    }

    private static LabeledText pair(String a, String b, Target target) {
        return new LabeledText(a, b, target);
    }

    @Test
    void pairsArePaddedTextByTextAndScoredAsPlainCosines() {
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = Toy.tokenizer()) {
            VectorSettings settings = new VectorSettings(Pooling.MEAN, false, VectorSettings.Loss.COSINE, 1, 5);
            BertSentenceEncoder model = new BertSentenceEncoder(Toy.config(List.of("a", "b")).withVectors(settings).withDropout(0), device, 3);
            EmbeddingTask task = new EmbeddingTask(model, settings);
            List<LabeledText> texts = List.of(pair("rain and snow", "sun", new Target.Score(4)),
                    pair("bread", "the soup today and more cake", new Target.Score(1)),
                    pair("wind", "wind", new Target.Score(5)));
            TokenizedDataset data = TokenizedDataset.apart(texts, tokenizer, 16);
            assertEquals(8, data.length(1), "of the longer text");
            Batch batch = task.batch(data, new int[] {1, 0}, 3, 8, 1);
            assertEquals(16, batch.seqLength());
            assertArrayEquals(tokenizer.encode("bread", 16), Arrays.copyOf(batch.inputIds(), 3));
            assertArrayEquals(tokenizer.encode("the soup today and more cake", 16), Arrays.copyOfRange(batch.inputIds(), 8, 16));
            assertArrayEquals(tokenizer.encode("sun", 16), Arrays.copyOfRange(batch.inputIds(), 24, 27));
            assertArrayEquals(new float[] {0f, 0.75f, 0f}, batch.values());
            assertArrayEquals(new float[] {1f, 1f, 0f}, batch.weights());
            assertEquals(3 + 8 + 5 + 3, batch.tokenCount());
            Evaluation scored = new Evaluator(new PredictionStep(task, device, Precision.FP32), task).evaluate(data,
                    DataLoader.sequential(data, 2, LengthBuckets.upTo(16), task::batch), n -> {});
            double loss = 0;
            for (int i = 0; i < 3; i++) {
                double cosine = cosine(vector(model, tokenizer, texts.get(i).text(), device), vector(model, tokenizer, texts.get(i).pair(), device));
                loss += Math.pow(cosine - new double[] {0.75, 0, 1}[i], 2) / 3;
            }
            assertEquals(loss, scored.loss(), 1e-5);
            assertEquals(List.of("cosine_pearson", "cosine_spearman"), List.copyOf(scored.scores().followed().keySet()));
            assertEquals(1, vectorsOf(task, data, device, 2), 1e-6, "a text and itself");
        }
    }

    private static double vectorsOf(EmbeddingTask task, TokenizedDataset data, Device device, int index) {
        float[] outputs = new PredictionStep(task, device, Precision.FP32).texts(task.texts(data, new int[] {index}, 1, 8))[0];
        return task.prediction(data, index, outputs);
    }

    private static float[] vector(BertSentenceEncoder model, BertTokenizer tokenizer, String text, Device device) {
        int[] ids = tokenizer.encode(text, 16);
        int[] mask = new int[ids.length];
        Arrays.fill(mask, 1);
        BertInputs inputs = BertInputs.create(device, 1, ids.length);
        inputs.write(ids, mask, new int[ids.length]);
        model.eval();
        // The mean of the last hidden states, written out.
        float[] hidden = model.bert().forward(inputs).data().toFloats();
        float[] mean = new float[hidden.length / ids.length];
        for (int i = 0; i < hidden.length; i++) {
            mean[i % mean.length] += hidden[i] / ids.length;
        }
        return mean;
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
        }
        return product / Math.sqrt(sum(a) * sum(b));
    }

    @Test
    void partnersAreLookedForInGroupsOfOneSize() {
        int n = 200;
        float[][] vectors = new float[n][4];
        for (int i = 0; i < n; i++) {
            double angle = i * 0.01;
            // Second texts lie between their own and the next first text, but for one that lies elsewhere.
            double other = i == 7 ? 3 : angle + 0.004;
            vectors[i] = new float[] {(float) Math.cos(angle), (float) Math.sin(angle), 3 * (float) Math.cos(other), 3 * (float) Math.sin(other)};
        }
        VectorPairs.Found found = new VectorPairs(vectors).found(20);
        for (int i = 0; i < n; i++) {
            // Two groups of 100, in each of which the wrong one has all others before it.
            assertEquals(i == 7 ? 100 : 1, found.ranks()[i], "pair " + i);
        }
        double loss = 0;
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = i / 100 * 100; j < i / 100 * 100 + 100; j++) {
                sum += Math.exp(20 * cosine(new float[] {vectors[i][0], vectors[i][1]}, new float[] {vectors[j][2], vectors[j][3]}));
            }
            loss += Math.log(sum) - 20 * cosine(new float[] {vectors[i][0], vectors[i][1]}, new float[] {vectors[i][2], vectors[i][3]});
        }
        assertEquals(loss / n, found.loss(), 1e-9);
    }

    @Test
    void aScoreThatIsNoCosineIsRefused() {
        VectorSettings plain = settings("cosine");
        List<LabeledText> pairs = List.of(pair("a", "b", new Target.Score(4.5)));
        String message = assertThrows(UserException.class, () -> EmbeddingTask.requireScores(plain, pairs)).getMessage();
        assertTrue(message.contains("'a | b' has the score 4.5") && message.contains("--score-range"), message);
        VectorSettings ranged = new VectorSettings(Pooling.MEAN, false, VectorSettings.Loss.COSINE, 0, 4);
        assertThrows(UserException.class, () -> EmbeddingTask.requireScores(ranged, pairs));
        EmbeddingTask.requireScores(settings("contrastive"), pairs);
        EmbeddingTask.requireScores(plain, List.of(pair("a", "b", new Target.Score(-1))));
    }
}
