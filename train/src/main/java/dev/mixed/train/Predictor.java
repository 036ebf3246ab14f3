// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.engine.Device;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Classifies texts for any number of threads: what a server keeps of a model, as {@code transformers.pipeline("text-classification")} gives it.
 *
 * <p>Threads tokenize side by side, and then compute one after the other, batch by batch, in the order in which they came; one that has waited too long
 * for its turn gets an {@link IllegalStateException}. The model computes on one device: for more at once, open one Predictor for each of several devices.
 * While a Predictor is in use, its model and device are for it alone.
 */
public final class Predictor implements AutoCloseable {
    /** How long a thread waits for its turn unless told otherwise. */
    public static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int BATCH = 32;
    private static final int LENGTH = 128;

    private final LoadedModel model;
    private final int batch;
    private final int length;
    private final Duration patience;
    /** Fair: first come, first served. */
    private final ReentrantLock turn = new ReentrantLock(true);
    /** Held for reading by each call, for writing to close: the tokenizer's memory is none of the JVM's. */
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
    private boolean closed;

    /**
     * A predictor over a model, which closing it closes.
     *
     * @param batch    most texts of a step, 1 or more
     * @param length   longest input in tokens; what is longer is cut
     * @param patience how long a thread waits for its turn, before each batch
     */
    public Predictor(LoadedModel model, int batch, int length, Duration patience) {
        if (batch < 1) {
            throw new IllegalArgumentException("a batch must have 1 text or more, not " + batch);
        }
        if (patience.isNegative()) {
            throw new IllegalArgumentException("the patience must be 0 or more, not " + patience);
        }
        if (model.kind() != TaskKind.CLASSIFICATION) {
            throw new IllegalArgumentException("a Predictor needs a model that gives a class for each text, and this one gives " + model.kind().words()
                    + "; ask it by LoadedModel.outputs and task()");
        }
        model.requireLength(length);
        this.model = model;
        this.batch = batch;
        this.length = length;
        this.patience = patience;
    }

    /** The classifier in {@code folder} on a device, which stays open: batches of 32, 128 tokens, a minute's patience. */
    public static Predictor open(Path folder, Device device) {
        LoadedModel model = LoadedModel.open(folder, device);
        return new Predictor(model, BATCH, Math.min(LENGTH, model.config().maxPositionEmbeddings()), PATIENCE);
    }

    /** What the model says of one text. */
    public Prediction predict(String text) {
        if (text == null) {
            throw new IllegalArgumentException("the text is null");
        }
        return predict(List.of(text)).getFirst();
    }

    /**
     * What the model says of each text, in their order; nothing for no texts.
     *
     * @throws IllegalArgumentException if a text is null
     * @throws IllegalStateException    if other threads keep the model busy for longer than the patience, if the waiting thread is interrupted (it stays
     *                                  so), or after {@link #close}
     */
    public List<Prediction> predict(List<String> texts) {
        List<Prediction> predictions = new ArrayList<>(texts.size());
        for (double[] row : probabilities(texts)) {
            int best = Probabilities.argmax(row);
            predictions.add(new Prediction(model.config().labels().get(best), row[best], Arrays.stream(row).boxed().toList()));
        }
        return predictions;
    }

    /** Class probabilities of each text, [texts][classes]; errors as in {@link #predict(List)}. */
    public double[][] probabilities(List<String> texts) {
        life.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("this predictor is closed");
            }
            return computed(texts);
        } finally {
            life.readLock().unlock();
        }
    }

    private double[][] computed(List<String> texts) {
        TokenizedDataset tokenized = TokenizedDataset.unlabeled(texts, model.tokenizer(), length);
        double[][] rows = new double[texts.size()][];
        for (int from = 0; from < rows.length; from += batch) {
            int to = Math.min(rows.length, from + batch);
            double[][] part = inTurn(tokenized.part(from, to));
            System.arraycopy(part, 0, rows, from, part.length);
        }
        return rows;
    }

    private double[][] inTurn(TokenizedDataset texts) {
        take();
        try {
            return model.predict(texts, batch, length);
        } finally {
            turn.unlock();
        }
    }

    private void take() {
        try {
            if (!turn.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IllegalStateException("the thread '" + Thread.currentThread().getName() + "' has waited " + patience.toMillis()
                        + " ms for the model while others used it; give it more patience, send fewer texts at once, or open a Predictor on another device too");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the thread '" + Thread.currentThread().getName() + "' was interrupted while it waited for the model", e);
        }
    }

    /** Waits for the calls at work, and closes the model; later calls throw. */
    @Override
    public void close() {
        life.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                model.close();
            }
        } finally {
            life.writeLock().unlock();
        }
    }
}
