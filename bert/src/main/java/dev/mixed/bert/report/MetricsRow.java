package dev.mixed.bert.report;

/**
 * One row of {@code metrics.csv}: what was measured after so many optimizer steps; null where a column does not apply.
 *
 * @param step optimizer steps done since the start of the run
 * @param epoch epochs done, with a fraction within an epoch
 * @param split {@code train}, or the split that was evaluated, for example {@code validation}
 * @param loss mean loss per text; may be NaN or infinite when training diverges
 * @param samplesPerSecond texts trained or evaluated per second
 */
public record MetricsRow(long step, double epoch, String split, Double loss, Double learningRate, Double accuracy, Double macroF1,
                         Double samplesPerSecond) {

    /** The split name of rows about training steps. */
    public static final String TRAIN = "train";

    public static MetricsRow train(long step, double epoch, double loss, double learningRate, double samplesPerSecond) {
        return new MetricsRow(step, epoch, TRAIN, loss, learningRate, null, null, samplesPerSecond);
    }

    public static MetricsRow evaluation(long step, double epoch, String split, double loss, ClassificationMetrics metrics) {
        return new MetricsRow(step, epoch, split, loss, null, metrics.accuracy(), metrics.macroF1(), null);
    }
}
