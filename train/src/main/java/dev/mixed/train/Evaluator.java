// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.ClassificationMetrics;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** Predicts every text of a data set and compares with its labels. */
public final class Evaluator {
    private final PredictionStep step;
    private final List<String> classes;

    /** @param classes their names, one for each logit, or up to two for a single one */
    public Evaluator(PredictionStep step, List<String> classes) {
        int logits = step.numLogits();
        if (logits == 1 ? classes.size() > 2 : classes.size() != logits) {
            throw new IllegalArgumentException("the model has " + logits + " logits for the " + classes.size() + " classes " + classes
                    + "; make it with one for each class, or with a single one for two");
        }
        this.step = step;
        this.classes = List.copyOf(classes);
    }

    /**
     * Class probabilities of every text, in the data set's order: [texts][classes].
     *
     * @param loader all batches of {@code data}
     * @param done   told the number of texts after each batch
     * @throws NonFiniteException where the model's output for a text is no number
     */
    public double[][] probabilities(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        float[][] rows = logits(data, loader, done);
        double[][] probabilities = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            probabilities[i] = Probabilities.of(rows[i]);
        }
        return probabilities;
    }

    /** Loss and metrics over a labelled data set; arguments as in {@link #probabilities}. */
    public Evaluation evaluate(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        if (data.size() == 0) {
            throw new IllegalArgumentException("there is no text to score; give one at least");
        }
        data.requireLabels(classes.size());
        float[][] rows = logits(data, loader, done);
        int[] labels = new int[rows.length];
        int[] predictions = new int[rows.length];
        double loss = 0;
        for (int i = 0; i < rows.length; i++) {
            labels[i] = data.label(i);
            predictions[i] = Probabilities.argmax(Probabilities.of(rows[i]));
            loss += Probabilities.loss(rows[i], labels[i]);
        }
        return new Evaluation(loss / rows.length, ClassificationMetrics.of(classes, labels, predictions));
    }

    private float[][] logits(TokenizedDataset data, DataLoader loader, IntConsumer done) {
        float[][] rows = new float[data.size()][];
        int logits = step.numLogits();
        for (Batch batch : loader) {
            float[] values = step.logits(batch);
            for (int r = 0; r < batch.realCount(); r++) {
                rows[batch.indices()[r]] = Arrays.copyOfRange(values, r * logits, (r + 1) * logits);
            }
            done.accept(batch.realCount());
        }
        requireFinite(data, rows);
        return rows;
    }

    private void requireFinite(TokenizedDataset data, float[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            for (float logit : rows[i]) {
                if (!Float.isFinite(logit)) {
                    throw new NonFiniteException(i, data.text(i), logit, step.precision());
                }
            }
        }
    }
}
