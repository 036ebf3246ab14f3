// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import org.jspecify.annotations.Nullable;

/**
 * One row of {@code metrics.csv}: what was measured after so many optimizer steps; null where a column does not apply.
 *
 * @param step optimizer steps done since the start of the run
 * @param epoch epochs done, with a fraction within an epoch
 * @param split {@code train}, or the split that was evaluated, for example {@code validation}
 * @param loss mean loss per text; null where no step had one that is a number
 * @param lossScale factor of the loss in mixed precision
 * @param skippedSteps numbers of the steps since the row before that were left out because a gradient overflowed, with spaces between them
 * @param samplesPerSecond texts trained or evaluated per second
 */
public record MetricsRow(long step, double epoch, String split, @Nullable Double loss, @Nullable Double learningRate, @Nullable Double accuracy,
        @Nullable Double macroF1, @Nullable Double lossScale, @Nullable String skippedSteps, @Nullable Double samplesPerSecond) {

    /** The split name of rows about training steps. */
    public static final String TRAIN = "train";

    /** The split name of the row that a complete run ends with. */
    public static final String TEST = "test";

    /** @param loss NaN where no step had one that is a number */
    public static MetricsRow train(long step, double epoch, double loss, double learningRate, double samplesPerSecond) {
        return new MetricsRow(step, epoch, TRAIN, Double.isFinite(loss) ? (Double) loss : null, learningRate, null, null, null, null, samplesPerSecond);
    }

    /** This row with what mixed precision adds. */
    public MetricsRow withLossScale(double scale, @Nullable String skipped) {
        return new MetricsRow(step, epoch, split, loss, learningRate, accuracy, macroF1, scale, skipped, samplesPerSecond);
    }

    public static MetricsRow evaluation(long step, double epoch, String split, double loss, ClassificationMetrics metrics) {
        return new MetricsRow(step, epoch, split, loss, null, metrics.accuracy(), metrics.macroF1(), null, null, null);
    }
}
