// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.data.Batch;
import dev.mixed.train.data.BatchIterator;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.TokenizedDataset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Predicts every text of a data set and compares with its targets. */
public final class Evaluator {
    private final PredictionStep step;
    private final Task<?> task;
    private final DataParallel ranks;

    /**
     * Scores a classifier.
     *
     * @param step    of the classifier
     * @param classes their names, one for each logit, or up to two for a single one
     */
    public Evaluator(PredictionStep step, List<String> classes) {
        this(step, ClassificationTask.of(step.model(), classes));
    }

    /** @param step of the task's model */
    public Evaluator(PredictionStep step, Task<?> task) {
        this(step, task, DataParallel.single());
    }

    /** @param ranks that score together, each some of the batches; rank 0 has the result */
    Evaluator(PredictionStep step, Task<?> task, DataParallel ranks) {
        this.step = step;
        this.task = task;
        this.ranks = ranks;
    }

    /**
     * Class probabilities of every text, in the data set's order: [texts][classes].
     *
     * @param loader all batches of {@code data}
     * @param done   told the number of texts after each batch
     * @throws NonFiniteException where the model's output for a text is no number
     */
    public double[][] probabilities(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        float[][] rows = outputs(data, loader, done);
        double[][] probabilities = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            probabilities[i] = Probabilities.of(rows[i]);
        }
        return probabilities;
    }

    /** {@link #evaluate} on the validation texts of a run, after the task has {@linkplain Task#tune tuned} what it may on them. */
    Optional<Evaluation> tune(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        return evaluate(data, loader, done, true);
    }

    /** Loss and metrics over a labelled data set; arguments as in {@link #probabilities}. */
    public Evaluation evaluate(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        return evaluateTogether(data, loader, done).orElseThrow(() -> new IllegalStateException("rank 0 alone has the scores"));
    }

    /** {@link #evaluate} on all ranks at once, of which rank 0 has the result. */
    Optional<Evaluation> evaluateTogether(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        return evaluate(data, loader, done, false);
    }

    private Optional<Evaluation> evaluate(TokenizedDataset data, DataLoader loader, IntConsumer done, boolean tuning) {
        if (data.size() == 0) {
            throw new IllegalArgumentException("there is no text to score; give one at least");
        }
        task.requireTargets(data);
        Optional<float[][]> outputs = outputsTogether(data, loader, done);
        if (outputs.isEmpty()) {
            return Optional.empty();
        }
        TokenizedDataset texts = data.whole();
        if (tuning) {
            task.tune(texts, outputs.get());
        }
        return Optional.of(task.evaluate(texts, outputs.get()));
    }

    /**
     * What the model says of every text, in the data set's order, of one with several windows the mean of what it says of them; arguments as in
     * {@link #probabilities}.
     */
    public float[][] outputs(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        return outputsTogether(data, loader, done).orElseThrow(() -> new IllegalStateException("rank 0 alone has the outputs"));
    }

    /** {@link #outputs} on all ranks at once, of which rank 0 has the result. */
    Optional<float[][]> outputsTogether(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        float[][] rows = new float[data.size()][];
        if (!computed(rows, loader, done)) {
            return Optional.empty();
        }
        requireFinite(data, rows);
        return Optional.of(data.pooled(rows));
    }

    /** Computes this rank's rows; true where those of the others have come, too. */
    private boolean computed(float[][] rows, DataLoader loader, IntConsumer done) {
        BatchIterator batches = loader.epoch(0, 0);
        for (int i = 0; batches.hasNext(); i++) {
            if (!ranks.owns(i)) {
                batches.skip();
                continue;
            }
            Batch batch = batches.next();
            float[][] texts = step.texts(batch);
            for (int r = 0; r < texts.length; r++) {
                rows[batch.indices()[r]] = texts[r];
            }
            done.accept(batch.realCount());
        }
        return ranks.gatherRows(rows);
    }

    /** What the scored model learns. */
    Task<?> task() {
        return task;
    }

    /** Records the programs of batches without running any, see {@link PredictionStep#prepare}. */
    void prepare(Collection<Batch> batches) {
        step.prepare(batches);
    }

    private void requireFinite(TokenizedDataset data, float[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            for (float logit : rows[i]) {
                if (!Float.isFinite(logit)) {
                    throw new NonFiniteException(data.origin(i), data.text(i), logit, step.precision());
                }
            }
        }
    }
}
