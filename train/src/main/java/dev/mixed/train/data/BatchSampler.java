// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UsageException;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Says which texts make up which batch of an epoch, texts of similar length together. An epoch's order follows from seed and epoch number alone,
 * so a resumed run finds the batch it stopped at.
 */
public final class BatchSampler {
    /** Batches whose texts are sorted by length together: enough to pad little, few enough that batches still differ between epochs. */
    private static final int BATCHES_PER_CHUNK = 50;

    private final TokenizedDataset data;
    private final int batchSize;
    private final boolean shuffle;
    private final long seed;

    private BatchSampler(TokenizedDataset data, int batchSize, boolean shuffle, long seed) {
        if (batchSize < 1) {
            throw new UsageException("--batch %d is out of range; give 1 or more texts a batch.".formatted(batchSize));
        }
        this.data = data;
        this.batchSize = batchSize;
        this.shuffle = shuffle;
        this.seed = seed;
    }

    /** For training: a new order each epoch. */
    public static BatchSampler shuffled(TokenizedDataset data, int batchSize, long seed) {
        return new BatchSampler(data, batchSize, true, seed);
    }

    /** For evaluation: the same order in each epoch, by length. */
    public static BatchSampler sequential(TokenizedDataset data, int batchSize) {
        return new BatchSampler(data, batchSize, false, 0);
    }

    /** Texts in a full batch. */
    public int batchSize() {
        return batchSize;
    }

    /** Batches of an epoch, the incomplete one included. */
    public int batchesPerEpoch() {
        return Math.ceilDiv(data.size(), batchSize);
    }

    /**
     * The batches of an epoch as indices into the data; each text occurs once, and one batch at most is incomplete.
     *
     * @param epoch 0 for the first
     */
    public int[][] epoch(int epoch) {
        int[] order = shuffle ? Shuffle.permutation(data.size(), seed, epoch) : Shuffle.identity(data.size());
        int chunk = shuffle ? Math.multiplyExact(BATCHES_PER_CHUNK, batchSize) : Math.max(1, data.size());
        int[][] batches = new int[batchesPerEpoch()][];
        int count = 0;
        for (int from = 0; from < order.length; from += chunk) {
            int[] sorted = sortedByLength(order, from, Math.min(order.length, from + chunk));
            for (int start = 0; start < sorted.length; start += batchSize) {
                batches[count++] = Arrays.copyOfRange(sorted, start, Math.min(sorted.length, start + batchSize));
            }
        }
        return shuffle ? permuted(batches, epoch) : batches;
    }

    private int[] sortedByLength(int[] order, int from, int to) {
        return Arrays.stream(order, from, to).boxed().sorted(Comparator.comparingInt(data::length)).mapToInt(Integer::intValue).toArray();
    }

    private int[][] permuted(int[][] batches, int epoch) {
        int[] order = Shuffle.permutation(batches.length, ~seed, epoch);
        int[][] result = new int[batches.length][];
        for (int i = 0; i < result.length; i++) {
            result[i] = batches[order[i]];
        }
        return result;
    }
}
