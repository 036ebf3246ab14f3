// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Truncation;
import dev.mixed.engine.Background;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.Batcher;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A trained classifier from a folder, with its tokenizer, ready to predict. */
public final class LoadedModel implements AutoCloseable {
    private final BertConfig config;
    private final Task<?> task;
    private final BertTokenizer tokenizer;
    private final PredictionStep step;
    private Evaluator evaluator;
    private final List<String> notes;
    private final RunOptions.Pad auto;
    private RunOptions.Pad pad;
    private volatile boolean closed;

    private LoadedModel(BertConfig config, Task<?> task, BertTokenizer tokenizer, Device device, Precision precision, List<String> notes) {
        this.config = config;
        this.task = task;
        this.tokenizer = tokenizer;
        this.notes = notes;
        this.auto = RunModel.pad(task.model(), RunOptions.Pad.AUTO, device, precision);
        this.pad = auto;
        this.step = new PredictionStep(task, device, precision);
        this.evaluator = new Evaluator(step, task);
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
        Background<BertTokenizer> opening = Background.begin("mixed-tokenizer", () -> tokenizers.apply(folder));
        try (Checkpoint checkpoint = opened(folder, opening)) {
            BertTokenizer tokenizer = opening.join();
            try {
                Task<?> task = task(folder, checkpoint.model(), tokenizer, device);
                BertConfig config = checkpoint.model().config();
                return new LoadedModel(config, task, tokenizer.forRows(config.vocabSize()), device, precision, checkpoint.model().notes());
            } catch (RuntimeException e) {
                tokenizer.close();
                throw e;
            }
        }
    }

    /** The checkpoint of a folder; where there is none, what is wrong with that is said, whatever there is of a tokenizer. */
    private static Checkpoint opened(Path folder, Background<BertTokenizer> opening) {
        try {
            return Checkpoint.open(folder);
        } catch (RuntimeException e) {
            try {
                opening.join().close();
            } catch (RuntimeException unused) {
                e.addSuppressed(unused);
            }
            throw e;
        }
    }

    private static Task<?> task(Path folder, ModelFolder saved, BertTokenizer tokenizer, Device device) {
        if (tokenizer.requiredRows() > saved.config().vocabSize()) {
            throw new UserException("The vocabulary in '" + folder + "' has " + tokenizer.requiredRows() + " entries, but the model there was made for "
                    + saved.config().vocabSize() + "; put the vocabulary there that belongs to it.");
        }
        return Tasks.load(saved, tokenizer, device);
    }

    /** From now on, texts form batches in this way; a {@link UserException} says if the model does not take such batches. */
    public void setPad(RunOptions.Pad way) {
        if (way == RunOptions.Pad.PACKED && !task.model().takesPacked()) {
            throw new UsageException("--pad packed is not for this model, which takes padded batches alone; choose another.");
        }
        pad = way == RunOptions.Pad.AUTO ? auto : way;
    }

    /** What the user should know of how the model was read, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    public BertConfig config() {
        return config;
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
        requireTask(ClassificationTask.class);
        return evaluator.probabilities(data, loader(data, batch, length, this::texts), n -> {});
    }

    /** What the model says of each text in numbers, such as logits, for {@link Task#prediction}; for one thread at a time. */
    public float[][] outputs(TokenizedDataset data, int batch, int length) {
        return evaluator.outputs(data, loader(data, batch, length, this::texts), n -> {});
    }

    /**
     * From now on computes together with other ranks, each of which has opened the same model, and has the same texts: {@link #outputsTogether} and {@link
     * #evaluateTogether} are called on all of them. A {@link UserException} where the models differ.
     */
    public void setRanks(DataParallel ranks) {
        if (ranks.size() > 1) {
            ranks.requireSame(RankFacts.of(0, task.model()));
        }
        evaluator = new Evaluator(step, task, ranks);
    }

    /** {@link #outputs} by all ranks, each of which computes some of the batches; rank 0 has the result. */
    public Optional<float[][]> outputsTogether(TokenizedDataset data, int batch, int length) {
        return evaluator.outputsTogether(data, loader(data, batch, length, this::texts), n -> {});
    }

    /** {@link #evaluate} by all ranks, each of which computes some of the batches; rank 0 has the result. */
    public Optional<Evaluation> evaluateTogether(TokenizedDataset data, int batch, int length) {
        return evaluator.evaluateTogether(data, loader(data, batch, length, task::batch), n -> {});
    }

    /**
     * How texts become sequences of tokens for it.
     *
     * @param stride null for no windows
     * @throws UsageException where its task has no use for windows, or the cutting of one text alone
     */
    public Tokenization tokenization(int length, Truncation truncation, @Nullable Integer stride) {
        return Tokenization.of(kind(), length, truncation, stride);
    }

    /** What kind of task that is. */
    public TaskKind kind() {
        return Tasks.kind(config);
    }

    /** What the model was trained for. */
    public Task<?> task() {
        return task;
    }

    private Batch texts(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch) {
        return task.texts(data, indices, batchSize, seqLength);
    }

    private void requireTask(Class<?> needed) {
        if (!needed.isInstance(task)) {
            throw new IllegalStateException("this model is no classifier: ask its task()");
        }
    }

    /** Loss and metrics over labelled texts. */
    public Evaluation evaluate(TokenizedDataset data, int batch, int length, IntConsumer done) {
        return evaluator.evaluate(data, loader(data, batch, length, task::batch), done);
    }

    /** Refuses a length that the model has no positions for, or that leaves no room for a text. */
    void requireLength(int length) {
        int most = config.maxPositionEmbeddings();
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

    private DataLoader loader(TokenizedDataset data, int batch, int length, Batcher batcher) {
        requireOpen();
        requireLength(length);
        if (batch < 1) {
            throw new IllegalArgumentException("a batch must have 1 text or more, not " + batch);
        }
        int rows = Math.max(1, Math.min(batch, data.size()));
        BatchShape.require(config, data.isApart() ? Math.multiplyExact(2, rows) : rows, length);
        if (data.isOfPairs() && !data.isApart()) {
            Pairs.require(length, config);
        }
        // Of texts that come in parts, every part is to find the programs of the one before.
        LengthBuckets buckets = pad == RunOptions.Pad.PACKED ? LengthBuckets.packedAnyTexts(length) : LengthBuckets.of(pad, length);
        return DataLoader.sequential(data, rows, buckets, batcher);
    }

    @Override
    public void close() {
        closed = true;
        tokenizer.close();
    }
}
