// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code metrics.csv}: what was measured after so many optimizer steps; null where a column does not apply.
 *
 * @param step optimizer steps done since the start of the run
 * @param epoch epochs done, with a fraction within an epoch
 * @param split {@code train}, or the split that was evaluated, for example {@code validation}
 * @param loss mean loss per text; null where no step had one that is a number
 * @param scores those that the run follows, by name; empty for training steps
 * @param lossScale factor of the loss in mixed precision
 * @param skippedSteps numbers of the steps since the row before that were left out because a gradient overflowed, with spaces between them
 * @param samplesPerSecond texts trained or evaluated per second
 */
public record MetricsRow(long step, double epoch, String split, @Nullable Double loss, @Nullable Double learningRate, SequencedMap<String, Double> scores,
        @Nullable Double lossScale, @Nullable String skippedSteps, @Nullable Double samplesPerSecond) {

    /** The split name of rows about training steps. */
    public static final String TRAIN = "train";

    /** The split name of the row that a complete run ends with. */
    public static final String TEST = "test";

    static final String ACCURACY = "accuracy";
    static final String MACRO_F1 = "macro_f1";

    public MetricsRow {
        scores = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(scores));
    }

    /** A row of a run that sorts texts into classes. */
    public MetricsRow(long step, double epoch, String split, @Nullable Double loss, @Nullable Double learningRate, @Nullable Double accuracy,
            @Nullable Double macroF1, @Nullable Double lossScale, @Nullable String skippedSteps, @Nullable Double samplesPerSecond) {
        this(step, epoch, split, loss, learningRate, classified(accuracy, macroF1), lossScale, skippedSteps, samplesPerSecond);
    }

    private static SequencedMap<String, Double> classified(@Nullable Double accuracy, @Nullable Double macroF1) {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        if (accuracy != null) {
            scores.put(ACCURACY, accuracy);
        }
        if (macroF1 != null) {
            scores.put(MACRO_F1, macroF1);
        }
        return scores;
    }

    /** @param loss NaN where no step had one that is a number */
    public static MetricsRow train(long step, double epoch, double loss, double learningRate, double samplesPerSecond) {
        return new MetricsRow(step, epoch, TRAIN, Double.isFinite(loss) ? (Double) loss : null, learningRate, new LinkedHashMap<>(), null, null,
                samplesPerSecond);
    }

    /** This row with what mixed precision adds. */
    public MetricsRow withLossScale(double scale, @Nullable String skipped) {
        return new MetricsRow(step, epoch, split, loss, learningRate, scores, scale, skipped, samplesPerSecond);
    }

    public static MetricsRow evaluation(long step, double epoch, String split, double loss, Scores scores) {
        return evaluation(step, epoch, split, loss, scores.followed());
    }

    /** @param scores by name */
    public static MetricsRow evaluation(long step, double epoch, String split, double loss, SequencedMap<String, Double> scores) {
        return new MetricsRow(step, epoch, split, loss, null, scores, null, null, null);
    }

    /** The score {@code accuracy}, where there is one. */
    public @Nullable Double accuracy() {
        return scores.get(ACCURACY);
    }

    /** The score {@code macro_f1}, where there is one. */
    public @Nullable Double macroF1() {
        return scores.get(MACRO_F1);
    }
}
