// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Truncation;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UsageException;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.TaskKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Long texts are read in windows, each of which is learned as a text, and the mean of whose outputs is what the model says of the text. */
class WindowsTest {
    private static final List<LabeledText> TEXTS = List.of(new LabeledText("rain and snow", null, new Target.Score(1.5)),
            new LabeledText("the sun and the wind and the bread and more cake today", null, new Target.Score(-2)),
            new LabeledText("", null, new Target.Score(0)), new LabeledText("we saw some soup and rice today", null, new Target.Score(4)));

    private static TokenizedDataset windows(BertTokenizer tokenizer, int length, int stride) {
        return Tokenization.of(TaskKind.REGRESSION, length, Truncation.LONGEST_FIRST, stride).of(TEXTS, tokenizer);
    }

    @Test
    void eachWindowHasTheTargetOfItsText() {
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            TokenizedDataset data = windows(tokenizer, 6, 1);
            // Windows of 4 tokens, 3 of which are new: 3, 12, 0 and 7 tokens make 1, 4, 1 and 2 windows.
            assertEquals(8, data.size());
            int[] origins = {0, 1, 1, 1, 1, 2, 3, 3};
            for (int i = 0; i < 8; i++) {
                assertEquals(origins[i], data.origin(i));
                assertEquals(TEXTS.get(origins[i]).target(), data.target(i));
                assertTrue(data.length(i) <= 6);
            }
            int[] whole = tokenizer.encode(TEXTS.get(1).text(), 99);
            assertArrayEquals(new int[] {whole[0], whole[4], whole[5], whole[6], whole[7], whole[whole.length - 1]}, data.ids(2));
            assertEquals("2 of 4 texts are longer than 6 tokens; with --stride, all are read in 8 windows.", data.truncationNotice(32).orElseThrow());
            TokenizedDataset texts = data.whole();
            assertEquals(4, texts.size());
            assertEquals(TEXTS.get(3).target(), texts.target(3));
            assertArrayEquals(new float[][] {{1f, 2f}, {4.5f, -1f}, {8f, 0f}, {1f, 3f}}, data.pooled(new float[][] {{1f, 2f}, {3f, -1f}, {4f, -1f}, {5f, -1f},
                {6f, -1f}, {8f, 0f}, {0f, 2f}, {2f, 4f}}));
            assertTrue(windows(tokenizer, 30, 1).truncationNotice(32).isEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void aTextIsGivenTheMeanOfItsWindows(boolean packed) {
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = Toy.tokenizer()) {
            BertConfig config = Toy.config(List.of("LABEL_0")).withClassifier(List.of("LABEL_0"), true).withProblem(BertConfig.REGRESSION).withDropout(0);
            RegressionTask task = new RegressionTask(new BertForSequenceClassification(config, device, 5));
            TokenizedDataset data = windows(tokenizer, 6, 1);
            Evaluator evaluator = new Evaluator(new PredictionStep(task, device, Precision.FP32), task);
            LengthBuckets buckets = packed ? LengthBuckets.packedAnyTexts(6) : LengthBuckets.upTo(6);
            float[][] outputs = evaluator.outputs(data, DataLoader.sequential(data, 3, buckets, task::batch), n -> {});
            assertEquals(4, outputs.length);
            PredictionStep step = new PredictionStep(task.model(), device);
            double[] means = new double[4];
            int[] counts = {1, 4, 1, 2};
            for (int i = 0; i < data.size(); i++) {
                means[data.origin(i)] += step.logits(Batch.texts(data, new int[] {i}, 1, 6))[0] / counts[data.origin(i)];
            }
            for (int i = 0; i < 4; i++) {
                assertEquals(means[i], outputs[i][0], 1e-6, "text " + i);
            }
            Evaluation scored = evaluator.evaluate(data, DataLoader.sequential(data, 3, buckets, task::batch), n -> {});
            assertEquals(4, scored.scores().total());
            double squares = Math.pow(means[0] - 1.5, 2) + Math.pow(means[1] + 2, 2) + Math.pow(means[2], 2) + Math.pow(means[3] - 4, 2);
            assertEquals(squares / 4, scored.loss(), 1e-5);
        }
    }

    @Test
    void whatIsNotForWindowsIsRefused() {
        assertThrows(UsageException.class, () -> Tokenization.of(TaskKind.TOKENS, 16, Truncation.LONGEST_FIRST, 2));
        assertThrows(UsageException.class, () -> Tokenization.of(TaskKind.EMBEDDINGS, 16, Truncation.ONLY_FIRST, null));
        assertThrows(UsageException.class, () -> Tokenization.of(TaskKind.REGRESSION, 16, Truncation.ONLY_SECOND, null).require(false));
        assertThrows(UsageException.class, () -> Tokenization.of(TaskKind.REGRESSION, 16, Truncation.LONGEST_FIRST, 2).require(true));
        assertThrows(UsageException.class, () -> Tokenization.of(TaskKind.REGRESSION, 16, Truncation.LONGEST_FIRST, 14).require(false));
        Tokenization.of(TaskKind.REGRESSION, 16, Truncation.LONGEST_FIRST, 13).require(false);
        Tokenization.of(TaskKind.REGRESSION, 16, Truncation.ONLY_FIRST, 2).require(true);
    }
}
