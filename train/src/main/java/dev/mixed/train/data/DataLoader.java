// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Hands out the batches of an epoch, padded or packed, from any batch on. */
public final class DataLoader implements Iterable<Batch> {
    private static final Batcher CLASSES = (data, indices, batchSize, seqLength, epoch) -> Batch.of(data, indices, batchSize, seqLength);

    private final TokenizedDataset data;
    private final BatchSampler sampler;
    private final LengthBuckets buckets;
    private final Batcher batcher;
    /** The rows of packed batches, and the most tokens of a text in them; null and 0 where batches are padded. */
    private final @Nullable RowBudgets rows;
    private final int packedLength;

    /**
     * @param sampler orders the texts of {@code data}
     * @param buckets lengths that batches are padded to
     * @param batcher makes the batches
     */
    private DataLoader(TokenizedDataset data, BatchSampler sampler, LengthBuckets buckets, Batcher batcher) {
        this.data = data;
        this.sampler = sampler;
        this.buckets = buckets;
        this.batcher = batcher;
        this.rows = buckets.rowBudgets(data, sampler);
        this.packedLength = rows == null ? 0 : buckets.packedLength(data);
    }

    /** Batches for training, in a new order each epoch. */
    public static DataLoader shuffled(TokenizedDataset data, int batchSize, LengthBuckets buckets, long seed) {
        return shuffled(data, batchSize, buckets, seed, CLASSES);
    }

    /** {@link #shuffled(TokenizedDataset, int, LengthBuckets, long)} with batches that a task makes. */
    public static DataLoader shuffled(TokenizedDataset data, int batchSize, LengthBuckets buckets, long seed, Batcher batcher) {
        return new DataLoader(data, BatchSampler.shuffled(data, batchSize, seed), buckets, batcher);
    }

    /** Batches for evaluation, by length; {@link Batch#indices} says which texts they hold. */
    public static DataLoader sequential(TokenizedDataset data, int batchSize, LengthBuckets buckets) {
        return sequential(data, batchSize, buckets, CLASSES);
    }

    /** {@link #sequential(TokenizedDataset, int, LengthBuckets)} with batches that a task makes. */
    public static DataLoader sequential(TokenizedDataset data, int batchSize, LengthBuckets buckets, Batcher batcher) {
        return new DataLoader(data, BatchSampler.sequential(data, batchSize), buckets, batcher);
    }

    /** Batches of an epoch, the incomplete one included. */
    public int batchesPerEpoch() {
        return sampler.batchesPerEpoch();
    }

    /** Tokens of the longest row that a batch can have: of a text with its padding, or of all texts of a packed batch. */
    public int mostTokens() {
        return rows == null ? buckets.paddedLength(data.maxLength()) : Arrays.stream(rows.tokens()).max().orElseThrow();
    }

    /** The most tokens of a text in packed batches; 0 where batches are padded. */
    public int packedLength() {
        return packedLength;
    }

    /** The batches of epoch 0. */
    @Override
    public Iterator<Batch> iterator() {
        return epoch(0, 0);
    }

    /**
     * The batches of an epoch in order.
     *
     * @param epoch 0 for the first
     * @param startBatch batches to leave out at the start, for a resumed run
     */
    public BatchIterator epoch(int epoch, int startBatch) {
        int[][] batches = sampler.epoch(epoch);
        return new BatchIterator() {
            private int next = startBatch;

            @Override
            public boolean hasNext() {
                return next < batches.length;
            }

            @Override
            public Batch next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return batch(batches[next++], epoch);
            }

            @Override
            public void skip() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                next++;
            }

            @Override
            public Batch peek() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return batch(batches[next], epoch);
            }
        };
    }

    private Batch batch(int[] indices, int epoch) {
        int longest = 0;
        for (int index : indices) {
            longest = Math.max(longest, data.length(index));
        }
        if (rows == null) {
            return batcher.batch(data, indices, sampler.batchSize(), buckets.paddedLength(longest), epoch);
        }
        int tokens = Arrays.stream(indices).map(data::length).sum();
        return batcher.batch(data, indices, sampler.batchSize(), packedLength, epoch).packed(rows.of(tokens), packedLength, data.padId());
    }
}
