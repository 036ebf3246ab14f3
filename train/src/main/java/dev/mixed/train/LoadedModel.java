// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.CheckpointFit;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;

/** A trained classifier from a folder, with its tokenizer, ready to predict. */
public final class LoadedModel implements AutoCloseable {
    private final BertForSequenceClassification model;
    private final BertTokenizer tokenizer;
    private final Evaluator evaluator;
    private final List<String> notes;
    private volatile boolean closed;

    private LoadedModel(BertForSequenceClassification model, BertTokenizer tokenizer, Device device, Precision precision, List<String> notes) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.notes = notes;
        this.evaluator = new Evaluator(new PredictionStep(model, device, precision), model.config().labels());
    }

    /** {@link #open(Path, Device, Precision)} to predict in float. */
    public static LoadedModel open(Path folder, Device device) {
        return open(folder, device, Precision.FP32);
    }

    /** Loads the folder of a run or of any saved classifier; a {@link UserException} says why it cannot predict. */
    public static LoadedModel open(Path folder, Device device, Precision precision) {
        return open(folder, device, precision, TokenizerFiles::load);
    }

    /** @param tokenizers loads the tokenizer of the folder */
    static LoadedModel open(Path folder, Device device, Precision precision, Function<Path, BertTokenizer> tokenizers) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            BertTokenizer tokenizer = tokenizers.apply(folder);
            try {
                BertForSequenceClassification model = model(folder, checkpoint.model(), tokenizer, device);
                return new LoadedModel(model, tokenizer.forRows(model.config().vocabSize()), device, precision, checkpoint.model().notes());
            } catch (RuntimeException e) {
                tokenizer.close();
                throw e;
            }
        }
    }

    private static BertForSequenceClassification model(Path folder, ModelFolder saved, BertTokenizer tokenizer, Device device) {
        if (tokenizer.requiredRows() > saved.config().vocabSize()) {
            throw new UserException("The vocabulary in '" + folder + "' has " + tokenizer.requiredRows() + " entries, but the model there was made for "
                    + saved.config().vocabSize() + "; put the vocabulary there that belongs to it.");
        }
        saved.requireClassifier();
        CheckpointFit.check(saved.weights(), saved.config());
        BertForSequenceClassification model = BertForSequenceClassification.toBeLoaded(saved.config(), device, 0);
        ModelState.load(saved, model);
        return model;
    }

    /** What the user should know of how the model was read, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    public BertConfig config() {
        return model.config();
    }

    public BertTokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * Class probabilities of each text, [texts][classes]. For one thread at a time: {@link Predictor} is for many.
     *
     * @param batch  texts of a step, 1 or more
     * @param length longest input in tokens, from 3 to the model's {@code max_position_embeddings}; what is longer is cut
     * @throws IllegalStateException if another thread uses the device meanwhile, or this model is closed
     */
    public double[][] predict(List<String> texts, int batch, int length) {
        requireOpen();
        requireLength(length);
        return predict(TokenizedDataset.unlabeled(texts, tokenizer, length), batch, length);
    }

    /** As {@link #predict(List, int, int)}, of texts that are tokenized already. */
    public double[][] predict(TokenizedDataset data, int batch, int length) {
        return evaluator.probabilities(data, loader(data, batch, length), n -> {});
    }

    /** Loss and metrics over labelled texts. */
    public Evaluation evaluate(TokenizedDataset data, int batch, int length, IntConsumer done) {
        return evaluator.evaluate(data, loader(data, batch, length), done);
    }

    /** Refuses a length that the model has no positions for, or that leaves no room for a text. */
    void requireLength(int length) {
        int most = model.config().maxPositionEmbeddings();
        if (length < BertTokenizer.MIN_LENGTH || length > most) {
            throw new IllegalArgumentException("the length must be from " + BertTokenizer.MIN_LENGTH + " to " + most
                    + ", the positions that the model has, not " + length);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this model is closed; open its folder again");
        }
    }

    private DataLoader loader(TokenizedDataset data, int batch, int length) {
        requireOpen();
        requireLength(length);
        if (batch < 1) {
            throw new IllegalArgumentException("a batch must have 1 text or more, not " + batch);
        }
        int rows = Math.max(1, Math.min(batch, data.size()));
        BatchShape.require(model.config(), rows, length);
        return DataLoader.sequential(data, rows, LengthBuckets.upTo(length));
    }

    @Override
    public void close() {
        closed = true;
        tokenizer.close();
    }
}
