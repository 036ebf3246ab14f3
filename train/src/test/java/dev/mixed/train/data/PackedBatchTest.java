// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Vocabulary;
import dev.mixed.engine.ops.InputChecks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Packed batches: the texts of the padded ones, in rows of few lengths. */
class PackedBatchTest {
    private static final int BATCH = 8, LENGTH = 80;

    private static TokenizedDataset data(int texts) {
        Random random = new Random(3);
        List<LabeledText> list = new ArrayList<>();
        for (int i = 0; i < texts; i++) {
            // Most are short, and some are at the limit or cut to it.
            int words = random.nextInt(4) == 0 ? random.nextInt(100) : random.nextInt(20);
            list.add(new LabeledText("a ".repeat(words) + "b", i % 3));
        }
        try (BertTokenizer tokenizer = BertTokenizer.of(Vocabulary.of("test", List.of("[UNK]", "[CLS]", "[SEP]", "a", "b", "[PAD]")))) {
            return TokenizedDataset.of(list, tokenizer, LENGTH);
        }
    }

    @Test
    void holdTheTextsOfThePaddedBatchesInTheSameOrder() {
        TokenizedDataset data = data(1003);
        DataLoader padded = DataLoader.shuffled(data, BATCH, LengthBuckets.upTo(LENGTH), 5);
        DataLoader packed = DataLoader.shuffled(data, BATCH, LengthBuckets.packed(LENGTH), 5);
        Set<Integer> budgets = new HashSet<>();
        long tokens = 0, rows = 0;
        int incomplete = 0;
        for (int epoch = 0; epoch < 3; epoch++) {
            Iterator<Batch> expected = padded.epoch(epoch, 0);
            for (Iterator<Batch> actual = packed.epoch(epoch, 0); actual.hasNext();) {
                Batch b = actual.next();
                Batch p = expected.next();
                assertTrue(b.isPacked() && !p.isPacked());
                assertArrayEquals(p.indices(), b.indices());
                assertArrayEquals(p.labels(), b.labels());
                assertArrayEquals(p.weights(), b.weights());
                assertEquals(BATCH, b.batchSize());
                assertEquals(LENGTH, b.seqLength());
                assertEquals(p.tokenCount(), b.tokenCount());
                int row = b.inputIds().length, at = 0;
                int[] ids = new int[row], mask = new int[row];
                Arrays.fill(ids, data.padId());
                for (int t = 0; t < BATCH; t++) {
                    assertEquals(at, b.starts()[t]);
                    if (t < b.realCount()) {
                        int[] text = data.ids(b.indices()[t]);
                        System.arraycopy(text, 0, ids, at, text.length);
                        Arrays.fill(mask, at, at + text.length, 1);
                        at += text.length;
                    }
                }
                assertEquals(at, b.starts()[BATCH]);
                assertArrayEquals(ids, b.inputIds());
                assertArrayEquals(mask, b.attentionMask());
                assertEquals(0, row % 64);
                incomplete += b.realCount() < BATCH ? 1 : 0;
                budgets.add(row);
                tokens += at;
                rows += row;
            }
            assertFalse(expected.hasNext());
        }
        assertEquals(3, incomplete);
        // Four, and one for batches of a later epoch that are larger than any of the first.
        assertTrue(budgets.size() <= 5, budgets.toString());
        assertTrue(rows < 1.5 * tokens, rows + " for " + tokens);
    }

    @Test
    void resumedRunsFindTheSameRows() {
        TokenizedDataset data = data(300);
        List<Batch> whole = new ArrayList<>(), rest = new ArrayList<>();
        DataLoader.shuffled(data, BATCH, LengthBuckets.packed(LENGTH), 5).epoch(2, 0).forEachRemaining(whole::add);
        DataLoader.shuffled(data, BATCH, LengthBuckets.packed(LENGTH), 5).epoch(2, 20).forEachRemaining(rest::add);
        assertEquals(whole.size() - 20, rest.size());
        for (int i = 0; i < rest.size(); i++) {
            assertArrayEquals(whole.get(20 + i).inputIds(), rest.get(i).inputIds());
            assertArrayEquals(whole.get(20 + i).starts(), rest.get(i).starts());
        }
    }

    @Test
    void budgetsLeaveTheFewestTokensDead() {
        TokenizedDataset data = data(400);
        BatchSampler sampler = BatchSampler.shuffled(data, BATCH, 7);
        int[] sums = Arrays.stream(sampler.epoch(0)).mapToInt(batch -> Arrays.stream(batch).map(data::length).sum()).toArray();
        RowBudgets two = RowBudgets.best(data, sampler, 2);
        int most = two.tokens()[1];
        assertEquals(Math.ceilDiv(Arrays.stream(sums).max().orElseThrow(), 64) * 64, most);
        long best = Long.MAX_VALUE;
        for (int first = 64; first <= most; first += 64) {
            int low = first;
            best = Math.min(best, Arrays.stream(sums).mapToLong(s -> s <= low ? low : most).sum());
        }
        assertEquals(best, Arrays.stream(sums).mapToLong(two::of).sum());
        assertTrue(two.tokens().length <= 3);
        assertArrayEquals(RowBudgets.best(data, sampler, 1000).tokens(), RowBudgets.best(data, sampler, 10_000).tokens());
    }

    @Test
    void aBatchOfTheLongestTextsFits() {
        TokenizedDataset data = data(400);
        int[] longest = data.lengths();
        Arrays.sort(longest);
        int most = Arrays.stream(longest, longest.length - BATCH, longest.length).sum();
        assertTrue(RowBudgets.best(data, BatchSampler.shuffled(data, BATCH, 7), 4).of(most) >= most);
        assertArrayEquals(new int[] {64}, RowBudgets.best(data(0), BatchSampler.sequential(data(0), BATCH), 4).tokens());
        assertArrayEquals(new int[] {64}, RowBudgets.best(data(1), BatchSampler.sequential(data(1), BATCH), 4).tokens());
    }

    @Test
    void budgetsForAnyTextsDoNotDependOnThem() {
        assertArrayEquals(new int[] {64, 128, 192, 256, 384, 512, 640}, RowBudgets.anyTexts(640).tokens());
        assertArrayEquals(new int[] {64}, RowBudgets.anyTexts(3).tokens());
        assertArrayEquals(new int[] {64, 128, 192, 256, 320}, RowBudgets.anyTexts(300).tokens());
        assertEquals(128, RowBudgets.anyTexts(640).of(65));
        assertThrows(IllegalArgumentException.class, () -> RowBudgets.anyTexts(640).of(641));
    }

    /** Three texts of which the last row is none; each token has a label, a weight and two numbers. */
    private static Batch ofTokens() {
        int[] mask = {1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0};
        int[] ids = {5, 6, 7, 8, 0, 0, 9, 10, 0, 0, 0, 0};
        int[] labels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        float[] weights = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, values = new float[24];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return new Batch(4, 3, 3, ids, mask, new int[] {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0}, labels, weights, new int[] {4, 2, 7}, values, new int[0]);
    }

    @Test
    void targetsOfTokensGoWithThem() {
        Batch packed = ofTokens().packed(8, 3, 0);
        int no = InputChecks.IGNORED;
        assertArrayEquals(new int[] {0, 3, 4, 6, 6}, packed.starts());
        assertArrayEquals(new int[] {5, 6, 7, 8, 9, 10, 0, 0}, packed.inputIds());
        assertArrayEquals(new int[] {0, 0, 1, 1, 0, 1, 0, 0}, packed.tokenTypeIds());
        assertArrayEquals(new int[] {0, 1, 2, 3, 6, 7, no, no}, packed.labels());
        assertArrayEquals(new float[] {0, 1, 2, 3, 6, 7, 0, 0}, packed.weights());
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 0, 0, 0, 0}, packed.values());
        assertEquals(6, packed.tokenCount());
        assertEquals(19.0, packed.weight());
    }

    @Test
    void refusesWhatDoesNotFit() {
        Batch batch = ofTokens();
        assertTrue(assertThrows(IllegalArgumentException.class, () -> batch.packed(5, 3, 0)).getMessage().contains("text 2 of a batch has 2 tokens"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> batch.packed(8, 2, 0)).getMessage().contains("text 0 of a batch has 3 tokens"));
        assertThrows(IllegalStateException.class, () -> batch.packed(8, 3, 0).packed(8, 3, 0));
    }
}
