// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.WordPieceVocabularyBuilder;
import dev.mixed.train.TrainingBenchmark;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What every contender trains: one model, and the same batches in the same order.
 *
 * @param config what the model is; its dropout is active
 * @param batch  rows of a batch
 * @param length tokens a row at most
 * @param seed   of weights, batches and dropout
 * @param text   what the rows are, for a headline
 * @param loader hands out the batches of each epoch; null for one batch of random tokens
 * @param packed hands out the same batches packed, for contenders that take such; null where all are padded
 * @param padded hands out the same batches padded to the largest length, beside packed ones; null where there are none
 */
public record Job(BertConfig config, int batch, int length, long seed, String text, @Nullable DataLoader loader, @Nullable DataLoader packed,
        @Nullable DataLoader padded) {
    /** Learning rate, weight decay of matrices and largest norm of the gradients. */
    public static final float RATE = 1e-4f;
    public static final float DECAY = 0.01f;
    public static final float CLIP = 1f;

    /** Rows of random tokens without padding, so that all arithmetic counts. */
    public static Job random(BertConfig config, int batch, int length, long seed) {
        return new Job(config, batch, length, seed, "random tokens", null, null, null);
    }

    /**
     * The training texts of a data set.
     *
     * @param base   the model, whose vocabulary and classes are replaced by the data set's
     * @param data   null for the data set that comes with miXed
     * @param vocab  null for a vocabulary built from the training texts
     * @param pad    how batches are padded, as in a training run
     */
    public static Job texts(BertConfig base, @Nullable Path data, @Nullable Path vocab, int batch, int length, long seed, RunOptions.Pad pad) {
        Dataset dataset = data == null ? Dataset.bundled() : Dataset.load(data, seed);
        try (BertTokenizer tokenizer = vocab != null ? BertTokenizer.load(vocab)
                : BertTokenizer.of(WordPieceVocabularyBuilder.build(Dataset.texts(dataset.train())))) {
            TokenizedDataset train = TokenizedDataset.of(dataset.train(), tokenizer, length);
            BertConfig config = base.withVocabSize(tokenizer.vocabSize()).withPadTokenId(tokenizer.padId()).withClassifier(dataset.labelNames(), false);
            String padded = switch (pad) {
                case BUCKET -> ", bucketed by length";
                case COARSE -> ", bucketed by length coarsely";
                case MAX -> ", padded to the maximum";
                case PACKED -> ", packed for miXed; for PyTorch bucketed by length, padded to the maximum, or nested";
                case AUTO -> throw new IllegalArgumentException("how batches are padded is not decided yet");
            };
            boolean packs = pad == RunOptions.Pad.PACKED;
            return new Job(config, batch, length, seed, train.size() + " texts of " + dataset.name() + padded,
                    DataLoader.shuffled(train, batch, LengthBuckets.of(packs ? RunOptions.Pad.BUCKET : pad, length), seed),
                    packs ? DataLoader.shuffled(train, batch, LengthBuckets.of(pad, length), seed) : null,
                    packs ? DataLoader.shuffled(train, batch, LengthBuckets.fixed(length), seed) : null);
        }
    }

    /** The batches of an epoch, 0 for the first. */
    public List<Batch> batches(int epoch) {
        return loader == null ? List.of(TrainingBenchmark.randomBatch(config, batch, length, seed)) : batches(loader, epoch);
    }

    /** {@link #batches} in the form that a contender takes. */
    public List<Batch> batches(int epoch, Contender contender) {
        DataLoader own = switch (contender.engine().form()) {
            case AS_ASKED -> loader;
            case PACKED -> packed == null ? loader : packed;
            case PADDED -> padded == null ? loader : padded;
        };
        return own == null ? batches(epoch) : batches(own, epoch);
    }

    private static List<Batch> batches(DataLoader from, int epoch) {
        List<Batch> batches = new ArrayList<>();
        from.epoch(epoch, 0).forEachRemaining(batches::add);
        return batches;
    }
}
