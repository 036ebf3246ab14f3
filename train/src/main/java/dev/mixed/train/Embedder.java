// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Pooling;
import dev.mixed.bert.config.VectorSettings;
import dev.mixed.bert.model.BertSentenceEncoder;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives texts vectors by the encoder of any BERT: of a run of {@code --task embeddings}, of a model for another task, or of a plain one. For one thread at a
 * time.
 */
public final class Embedder implements AutoCloseable {
    private static final double SHORTEST = 1e-12;

    private final BertConfig config;
    private final BertTokenizer tokenizer;
    private final Evaluator evaluator;
    private final List<String> notes;
    private final RunOptions.Pad auto;

    private Embedder(BertConfig config, BertSentenceEncoder model, BertTokenizer tokenizer, Device device, Precision precision, List<String> notes) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.notes = notes;
        this.auto = RunModel.padded(device);
        this.evaluator = new Evaluator(new PredictionStep(model, device, precision), new EmbeddingTask(model, config.vectors()));
    }

    /**
     * Opens the encoder in a folder; a {@link UserException} says why it can't be.
     *
     * @param pooling   null for that of the model, or the mean where it says nothing
     * @param normalize null for what the model says, or no
     */
    public static Embedder open(Path folder, Device device, Precision precision, @Nullable Pooling pooling, @Nullable Boolean normalize) {
        try (Checkpoint checkpoint = Checkpoint.openEncoder(folder)) {
            ModelFolder saved = checkpoint.model();
            BertTokenizer tokenizer = TokenizerFiles.load(folder);
            try {
                BertConfig stored = saved.config();
                if (tokenizer.requiredRows() > stored.vocabSize()) {
                    throw new UserException("The vocabulary in '" + folder + "' has " + tokenizer.requiredRows() + " entries, but the model there was made for "
                            + stored.vocabSize() + "; put the vocabulary there that belongs to it.");
                }
                VectorSettings own = stored.hasVectors() ? stored.vectors() : new VectorSettings(Pooling.MEAN, false, VectorSettings.Loss.COSINE);
                BertConfig config = stored.withVectors(new VectorSettings(pooling == null ? own.pooling() : pooling,
                        normalize == null ? own.normalize() : normalize, own.loss(), own.low(), own.high()));
                ModelState.requireEncoder(saved, config);
                BertSentenceEncoder model = BertSentenceEncoder.toBeLoaded(config, device, 0);
                ModelState.loadPretrained(saved, model, config);
                return new Embedder(config, model, tokenizer.forRows(config.vocabSize()), device, precision, saved.notes());
            } catch (RuntimeException e) {
                tokenizer.close();
                throw e;
            }
        }
    }

    /** Its configuration, whose {@link BertConfig#vectors} say how vectors are made. */
    public BertConfig config() {
        return config;
    }

    public BertTokenizer tokenizer() {
        return tokenizer;
    }

    /** What the user should know of how the model was read, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    /** Numbers of a vector. */
    public int size() {
        return config.hiddenSize();
    }

    /**
     * The vector of each text, [texts][{@link #size}], of length 1 if the settings say so.
     *
     * @param texts tokenized by {@link #tokenizer}, singly
     * @param batch texts of a step, 1 or more
     * @param pad   how texts form a batch; {@link RunOptions.Pad#PACKED} is refused
     * @throws NonFiniteException where a text's vector is no numbers
     */
    public float[][] vectors(TokenizedDataset texts, int batch, RunOptions.Pad pad) {
        if (pad == RunOptions.Pad.PACKED) {
            throw new UsageException("--pad packed is not for vectors of texts, which are made of padded batches alone; choose another.");
        }
        TokenizedDataset.requireLength(texts.maxLength(), config.maxPositionEmbeddings());
        int rows = Math.max(1, Math.min(batch, texts.size()));
        BatchShape.require(config, rows, texts.maxLength());
        LengthBuckets buckets = LengthBuckets.of(pad == RunOptions.Pad.AUTO ? auto : pad, texts.maxLength());
        float[][] vectors = evaluator.outputs(texts,
                DataLoader.sequential(texts, rows, buckets, (data, indices, batchSize, seq, epoch) -> Batch.texts(data, indices, batchSize, seq)), n -> {});
        if (config.vectors().normalize()) {
            for (float[] vector : vectors) {
                normalize(vector);
            }
        }
        return vectors;
    }

    private static void normalize(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        double length = Math.max(Math.sqrt(squares), SHORTEST);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / length);
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
