// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Vocabulary;
import dev.mixed.io.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DataLoaderTest {
    private static final int TEXTS = 1003;
    private static final int BATCH = 8;

    private static TokenizedDataset data(int texts) {
        Random random = new Random(3);
        List<LabeledText> list = new ArrayList<>();
        for (int i = 0; i < texts; i++) {
            list.add(new LabeledText("a ".repeat(1 + random.nextInt(90)) + "b", i % 3));
        }
        try (BertTokenizer tokenizer = BertTokenizer.of(Vocabulary.of("test", List.of("[UNK]", "[CLS]", "[SEP]", "a", "b", "[PAD]")))) {
            return TokenizedDataset.of(list, tokenizer, 80);
        }
    }

    private static List<Batch> batches(Iterator<Batch> iterator) {
        List<Batch> list = new ArrayList<>();
        iterator.forEachRemaining(list::add);
        return list;
    }

    private static List<String> orders(List<Batch> batches) {
        return batches.stream().map(batch -> Arrays.toString(batch.indices())).toList();
    }

    @Test
    void bucketLengths() {
        assertArrayEquals(new int[] {8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512},
                LengthBuckets.upTo(512).lengths());
        assertArrayEquals(new int[] {8, 16, 24, 32, 40, 48, 50}, LengthBuckets.upTo(50).lengths());
        assertArrayEquals(new int[] {3}, LengthBuckets.upTo(3).lengths());
        assertArrayEquals(new int[] {8, 16}, LengthBuckets.upTo(16).lengths());
        assertArrayEquals(new int[] {512}, LengthBuckets.fixed(512).lengths());
        LengthBuckets buckets = LengthBuckets.upTo(512);
        assertEquals(List.of(8, 8, 16, 64, 80, 512), List.of(buckets.paddedLength(1), buckets.paddedLength(8), buckets.paddedLength(9),
                buckets.paddedLength(64), buckets.paddedLength(65), buckets.paddedLength(512)));
        assertThrows(IllegalArgumentException.class, () -> buckets.paddedLength(513));
    }

    @Test
    void everyTextOccursOncePerEpochAndShapesAreFew() {
        TokenizedDataset data = data(TEXTS);
        for (DataLoader loader : List.of(DataLoader.shuffled(data, BATCH, LengthBuckets.upTo(80), 1),
                DataLoader.sequential(data, BATCH, LengthBuckets.upTo(80)))) {
            List<Batch> batches = batches(loader.epoch(4, 0));
            assertEquals(126, batches.size());
            assertEquals(126, loader.batchesPerEpoch());
            Set<Integer> seen = new HashSet<>();
            Set<String> shapes = new HashSet<>();
            long incomplete = batches.stream().filter(batch -> batch.realCount() < BATCH).count();
            for (Batch batch : batches) {
                shapes.add(batch.batchSize() + "x" + batch.seqLength());
                for (int index : batch.indices()) {
                    assertTrue(seen.add(index));
                }
            }
            assertEquals(TEXTS, seen.size());
            assertEquals(1, incomplete);
            assertTrue(shapes.size() <= LengthBuckets.upTo(80).lengths().length, shapes.toString());
        }
    }

    @Test
    void rowsHoldTheirTexts() {
        TokenizedDataset data = data(TEXTS);
        long tokens = 0;
        for (Batch batch : DataLoader.shuffled(data, BATCH, LengthBuckets.upTo(80), 1)) {
            int seq = batch.seqLength();
            assertEquals(BATCH * seq, batch.inputIds().length);
            assertArrayEquals(new int[BATCH * seq], batch.tokenTypeIds());
            for (int row = 0; row < BATCH; row++) {
                boolean real = row < batch.realCount();
                int[] ids = real ? data.ids(batch.indices()[row]) : new int[0];
                int[] expectedIds = Arrays.copyOf(ids, seq);
                Arrays.fill(expectedIds, ids.length, seq, data.padId());
                int[] expectedMask = new int[seq];
                Arrays.fill(expectedMask, 0, Math.max(1, ids.length), 1);
                assertArrayEquals(expectedIds, Arrays.copyOfRange(batch.inputIds(), row * seq, (row + 1) * seq));
                assertArrayEquals(expectedMask, Arrays.copyOfRange(batch.attentionMask(), row * seq, (row + 1) * seq));
                assertEquals(real ? 1f : 0f, batch.weights()[row]);
                assertEquals(real ? data.label(batch.indices()[row]) : 0, batch.labels()[row]);
            }
            tokens += batch.tokenCount();
        }
        assertEquals(data.tokenCount(), tokens);
    }

    @Test
    void orderFollowsFromSeedAndEpochAlone() {
        TokenizedDataset data = data(TEXTS);
        DataLoader used = DataLoader.shuffled(data, BATCH, LengthBuckets.upTo(80), 5);
        List<String> zero = orders(batches(used.epoch(0, 0)));
        List<String> three = orders(batches(used.epoch(3, 0)));
        assertEquals(three, orders(batches(DataLoader.shuffled(data, BATCH, LengthBuckets.upTo(80), 5).epoch(3, 0))));
        assertFalse(zero.equals(three));
        assertFalse(zero.equals(orders(batches(DataLoader.shuffled(data, BATCH, LengthBuckets.upTo(80), 6).epoch(0, 0)))));
        // Fixed for good: a checkpoint written today must resume alike with later versions.
        assertEquals("[0, 4, 2, 3, 1]", Arrays.toString(Shuffle.permutation(5, 42, 0)));
    }

    @Test
    void resumesInTheMiddleOfAnEpoch() {
        TokenizedDataset data = data(TEXTS);
        DataLoader loader = DataLoader.shuffled(data, BATCH, LengthBuckets.upTo(80), 5);
        List<Batch> whole = batches(loader.epoch(2, 0));
        List<Batch> rest = batches(loader.epoch(2, 40));
        assertEquals(orders(whole).subList(40, 126), orders(rest));
        for (int i = 0; i < rest.size(); i++) {
            assertArrayEquals(whole.get(40 + i).inputIds(), rest.get(i).inputIds());
        }
        Iterator<Batch> end = loader.epoch(2, 126);
        assertFalse(end.hasNext());
        assertThrows(NoSuchElementException.class, end::next);
    }

    @Test
    void bucketsPadFarLessThanOneLength() {
        TokenizedDataset data = data(TEXTS);
        long bucketed = batches(DataLoader.shuffled(data, BATCH, LengthBuckets.upTo(80), 1).iterator()).stream().mapToLong(batch -> batch.inputIds().length)
                .sum();
        List<Batch> fixed = batches(DataLoader.shuffled(data, BATCH, LengthBuckets.fixed(80), 1).iterator());
        assertTrue(fixed.stream().allMatch(batch -> batch.seqLength() == 80));
        assertTrue(bucketed < 1.25 * data.tokenCount(), bucketed + " for " + data.tokenCount());
        assertEquals(126L * BATCH * 80, fixed.stream().mapToLong(batch -> batch.inputIds().length).sum());
    }

    @Test
    void smallAndEmptyData() {
        TokenizedDataset three = data(3);
        List<Batch> batches = batches(DataLoader.shuffled(three, BATCH, LengthBuckets.upTo(80), 1).iterator());
        assertEquals(1, batches.size());
        assertEquals(3, batches.getFirst().realCount());
        assertEquals(List.of(), batches(DataLoader.sequential(data(0), BATCH, LengthBuckets.upTo(80)).iterator()));
    }

    @Test
    void batchSizeBelowOneIsAUsageError() {
        TokenizedDataset data = data(3);
        for (int size : new int[] {0, -4}) {
            assertInstanceOf(UsageException.class, assertRefused(() -> DataLoader.shuffled(data, size, LengthBuckets.upTo(80), 1), "--batch " + size));
        }
    }

    @Test
    void coarseBucketsArePowersOfTwoUpToTheLongest() {
        assertArrayEquals(new int[] {32, 64, 128}, LengthBuckets.coarse(128).lengths());
        assertArrayEquals(new int[] {32, 64, 100}, LengthBuckets.coarse(100).lengths());
        assertArrayEquals(new int[] {20}, LengthBuckets.coarse(20).lengths());
        assertEquals(64, LengthBuckets.coarse(512).paddedLength(33));
    }
}
