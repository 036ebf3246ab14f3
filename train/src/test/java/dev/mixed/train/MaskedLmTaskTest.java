// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForMaskedLM;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.TaskKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Which words are taken out, what becomes of them, and that scoring counts as a plain computation over all logits does. */
class MaskedLmTaskTest {
    private static final Device DEVICE = JvmDevice.open(1);
    private static final BertTokenizer TOKENIZER = Toy.tokenizer();
    private static final BertConfig CONFIG = Toy.config(BertConfig.UNNAMED).withWords().withDropout(0);
    private static final int SEQ = 24;

    private final MaskedLmTask task = new MaskedLmTask(new BertForMaskedLM(CONFIG, DEVICE, 1), TOKENIZER, 7);

    @AfterAll
    static void close() {
        TOKENIZER.close();
        DEVICE.close();
    }

    private static TokenizedDataset texts(int count) {
        SplittableRandom random = new SplittableRandom(3);
        String[] words = {"rain", "bread", "sun", "soup", "snow", "the", "cake", "train", "bus"};
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> text = new ArrayList<>();
            for (int w = 0; w < 1 + i % 20; w++) {
                text.add(words[random.nextInt(words.length)]);
            }
            texts.add(String.join(" ", text));
        }
        return TokenizedDataset.unlabeled(texts, TOKENIZER, SEQ);
    }

    private static int[] all(TokenizedDataset data) {
        int[] indices = new int[data.size()];
        Arrays.setAll(indices, i -> i);
        return indices;
    }

    @Test
    void fifteenOfAHundredAreTakenAndEightOfTenMasked() {
        TokenizedDataset data = texts(2000);
        Batch whole = Batch.texts(data, all(data), data.size(), SEQ);
        int masked = 0;
        int kept = 0;
        int other = 0;
        for (int epoch = 1; epoch <= 3; epoch++) {
            Batch batch = task.batch(data, all(data), data.size(), SEQ, epoch);
            int each = batch.positions().length / data.size();
            boolean[] chosen = new boolean[batch.inputIds().length];
            for (int i = 0; i < data.size(); i++) {
                int words = data.length(i) - 2;
                int weight = 0;
                for (int slot = i * each; slot < (i + 1) * each; slot++) {
                    int position = batch.positions()[slot];
                    assertEquals(i, position / SEQ);
                    if (batch.weights()[slot] == 0) {
                        continue;
                    }
                    weight++;
                    assertFalse(chosen[position], "taken twice");
                    chosen[position] = true;
                    assertTrue(position % SEQ > 0 && position % SEQ <= words, "no special token, no padding");
                    assertEquals(whole.inputIds()[position], batch.labels()[slot]);
                    int now = batch.inputIds()[position];
                    masked += now == TOKENIZER.maskId() ? 1 : 0;
                    kept += now == batch.labels()[slot] ? 1 : 0;
                    other += now != TOKENIZER.maskId() && now != batch.labels()[slot] ? 1 : 0;
                }
                assertEquals(Math.max(1, Math.round(0.15 * words)), weight, words + " words");
            }
            for (int p = 0; p < chosen.length; p++) {
                assertTrue(chosen[p] || batch.inputIds()[p] == whole.inputIds()[p], "what is not taken stays");
            }
            assertEquals(batch.weight(), (masked + kept + other) / (double) epoch, 1e-9, "as many in each epoch");
        }
        double total = masked + kept + other;
        assertTrue(total > 10_000, total + " words");
        // The vocabulary has 31 tokens, so that a random one is [MASK] or the word itself once in 31 times each.
        int words = TOKENIZER.vocabSize();
        assertEquals(0.8 + 0.1 / words, masked / total, 0.012);
        assertEquals(0.1 + 0.1 / words, kept / total, 0.01);
        assertEquals(0.1 - 0.2 / words, other / total, 0.01);
    }

    @Test
    void theChoiceFollowsFromSeedEpochAndTextAlone() {
        TokenizedDataset data = texts(40);
        MaskedLmTask seed8 = new MaskedLmTask(task.model(), TOKENIZER, 8);
        int[] some = {11, 5, 30};
        Batch one = task.batch(data, some, 4, SEQ, 2);
        Batch again = task.batch(data, new int[] {30, 11}, 2, SEQ, 2);
        assertArrayEquals(Arrays.copyOf(one.inputIds(), SEQ), Arrays.copyOfRange(again.inputIds(), SEQ, 2 * SEQ), "whatever else is in the batch");
        assertFalse(Arrays.equals(one.inputIds(), task.batch(data, some, 4, SEQ, 3).inputIds()), "another epoch");
        assertFalse(Arrays.equals(one.inputIds(), seed8.batch(data, some, 4, SEQ, 2).inputIds()), "another seed");
        assertArrayEquals(task.batch(data, some, 4, SEQ, 0).inputIds(), seed8.batch(data, some, 4, SEQ, 0).inputIds(), "scoring knows no seed");
    }

    @Test
    void scoresAreThoseOfAllLogits() {
        TokenizedDataset data = texts(20);
        Evaluation scored = new Evaluator(new PredictionStep(task, DEVICE, Precision.FP32), task).evaluate(data,
                DataLoader.sequential(data, 6, LengthBuckets.upTo(SEQ), task::batch), n -> {});
        double loss = 0;
        int right = 0;
        int count = 0;
        task.model().eval();
        for (int i = 0; i < data.size(); i++) {
            Batch batch = task.batch(data, new int[] {i}, 1, SEQ, 0);
            BertInputs inputs = BertInputs.create(DEVICE, 1, SEQ);
            inputs.write(batch.inputIds(), batch.attentionMask(), batch.tokenTypeIds());
            float[] logits = task.model().forward(inputs).data().toFloats();
            for (int slot = 0; slot < batch.labels().length; slot++) {
                if (batch.weights()[slot] > 0) {
                    int from = batch.positions()[slot] * CONFIG.vocabSize();
                    float[] row = Arrays.copyOfRange(logits, from, from + CONFIG.vocabSize());
                    loss += Probabilities.loss(row, batch.labels()[slot]);
                    right += Probabilities.argmax(Probabilities.of(row)) == batch.labels()[slot] ? 1 : 0;
                    count++;
                }
            }
        }
        assertEquals(loss / count, scored.loss(), 1e-5);
        assertEquals((double) right / count, scored.scores().followed().get("accuracy"), 1e-12);
        assertEquals(Math.exp(scored.loss()), scored.scores().followed().get("perplexity"), 1e-12);
        assertEquals(-Math.exp(scored.loss()), scored.scores().score(), 1e-12);
    }

    @Test
    void textsAreJoinedIntoBlocksOfWhichSpecialTokensStay() {
        List<LabeledText> lines = new ArrayList<>();
        int[] all = {};
        for (int i = 0; i < 30; i++) {
            String line = "the rain and the snow and more cake".substring(0, 8 + i % 27);
            lines.add(new LabeledText(line, null, Target.UNKNOWN));
            int[] ids = TOKENIZER.encode(line, 99);
            all = Arrays.copyOf(all, all.length + ids.length);
            System.arraycopy(ids, 0, all, all.length - ids.length, ids.length);
        }
        TokenizedDataset data = new Tokenization(SEQ).inBlocks(true, TaskKind.MLM).of(lines, TOKENIZER);
        assertEquals(Math.ceilDiv(all.length, SEQ), data.size());
        for (int i = 0; i < data.size(); i++) {
            assertArrayEquals(Arrays.copyOfRange(all, i * SEQ, Math.min(all.length, (i + 1) * SEQ)), data.ids(i), "block " + i);
        }
        assertTrue(all.length % SEQ > 0, "the last block is shorter, and there");
        Batch batch = task.batch(data, all(data), data.size(), SEQ, 1);
        int guessed = 0;
        int words = 0;
        for (int i = 0; i < data.size(); i++) {
            int candidates = (int) Arrays.stream(data.ids(i)).filter(id -> id != TOKENIZER.clsId() && id != TOKENIZER.sepId()).count();
            words += (int) Math.max(1, Math.round(0.15 * candidates));
        }
        for (int slot = 0; slot < batch.weights().length; slot++) {
            if (batch.weights()[slot] > 0) {
                guessed++;
                assertTrue(batch.labels()[slot] != TOKENIZER.clsId() && batch.labels()[slot] != TOKENIZER.sepId());
                assertEquals(all[batch.positions()[slot]], batch.labels()[slot]);
            }
        }
        assertEquals(words, guessed);
        Evaluation scored = new Evaluator(new PredictionStep(task, DEVICE, Precision.FP32), task).evaluate(data,
                DataLoader.sequential(data, 4, LengthBuckets.upTo(SEQ), task::batch), n -> {});
        assertEquals(30, scored.scores().total(), "texts");
        assertEquals(Math.log(CONFIG.vocabSize()), scored.loss(), 0.5);
    }

    @Test
    void aTextWithoutTokensIsNoFault() {
        TokenizedDataset data = TokenizedDataset.unlabeled(List.of("\u200b"), TOKENIZER, SEQ);
        assertEquals(2, data.length(0));
        assertEquals(1, task.batch(data, new int[] {0}, 2, 8, 1).weight());
    }
}
