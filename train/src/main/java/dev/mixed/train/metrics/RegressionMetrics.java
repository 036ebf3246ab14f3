// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.DoubleStream;

/** Scores of predicted numbers, as SciPy and scikit-learn compute them. */
public final class RegressionMetrics implements Scores {
    /** Names of the scores that a run follows. */
    public static final List<String> FOLLOWED = List.of("spearman", "pearson");

    /** Names of {@link #all()}. */
    public static final List<String> ALL = List.of("spearman", "pearson", "mse", "mae", "r2");

    private final double[] truth;
    private final double[] predicted;

    private RegressionMetrics(double[] truth, double[] predicted) {
        this.truth = truth;
        this.predicted = predicted;
    }

    /**
     * Scores of predictions.
     *
     * @param truth     [texts]
     * @param predicted [texts]
     * @throws IllegalArgumentException when there is no text, or the lengths differ
     */
    public static RegressionMetrics of(double[] truth, double[] predicted) {
        if (truth.length == 0 || truth.length != predicted.length) {
            throw new IllegalArgumentException("metrics need as many predictions as numbers and at least one: " + truth.length + " numbers, "
                    + predicted.length + " predictions");
        }
        return new RegressionMetrics(truth.clone(), predicted.clone());
    }

    /** Why a correlation or R² is no number whatever is predicted for these numbers, as the end of a sentence. */
    public static Optional<String> missing(String score, double[] truth) {
        if (score.equals("r2")) {
            return truth.length < 2 ? Optional.of("there is one of them alone") : Optional.empty();
        }
        boolean correlation = score.endsWith("spearman") || score.endsWith("pearson");
        return correlation && DoubleStream.of(truth).distinct().count() < 2 ? Optional.of("all of them have the score " + truth[0]) : Optional.empty();
    }

    @Override
    public int total() {
        return truth.length;
    }

    /** Correlation of the numbers, from -1 to 1; NaN where all numbers or all predictions are equal. */
    public double pearson() {
        return correlation(truth, predicted);
    }

    /** Correlation of the ranks, of which equal numbers share the mean; NaN where all numbers or all predictions are equal. */
    public double spearman() {
        return correlation(Ranking.ranks(truth), Ranking.ranks(predicted));
    }

    /** Mean of the squared differences. */
    public double meanSquaredError() {
        return squares(predicted) / truth.length;
    }

    /** Mean of the absolute differences. */
    public double meanAbsoluteError() {
        double sum = 0;
        for (int i = 0; i < truth.length; i++) {
            sum += Math.abs(truth[i] - predicted[i]);
        }
        return sum / truth.length;
    }

    /**
     * Share of the variance that is explained, 1 at most; 0 where all numbers are equal and the predictions are not, and 1 where these are right. NaN of a
     * single text.
     */
    public double rSquared() {
        double mean = mean(truth);
        double total = 0;
        for (double value : truth) {
            total += (value - mean) * (value - mean);
        }
        double rest = squares(predicted);
        return truth.length < 2 ? Double.NaN : total == 0 ? rest == 0 ? 1 : 0 : 1 - rest / total;
    }

    private double squares(double[] other) {
        double sum = 0;
        for (int i = 0; i < truth.length; i++) {
            sum += (truth[i] - other[i]) * (truth[i] - other[i]);
        }
        return sum;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** As SciPy computes it: both are scaled to a length of 1 first, so that no square overflows. */
    private static double correlation(double[] a, double[] b) {
        double[] x = normalized(a);
        double[] y = normalized(b);
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return Double.isNaN(sum) ? sum : Math.clamp(sum, -1.0, 1.0);
    }

    private static double[] normalized(double[] values) {
        double mean = mean(values);
        double largest = 0;
        boolean constant = true;
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i] - mean;
            largest = Math.max(largest, Math.abs(result[i]));
            constant &= values[i] == values[0];
        }
        double squares = 0;
        for (double value : result) {
            squares += (value / largest) * (value / largest);
        }
        double norm = largest * Math.sqrt(squares);
        for (int i = 0; i < result.length; i++) {
            result[i] = constant ? Double.NaN : result[i] / norm;
        }
        return result;
    }

    @Override
    public SequencedMap<String, Double> followed() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        scores.put(FOLLOWED.get(0), spearman());
        scores.put(FOLLOWED.get(1), pearson());
        return scores;
    }

    @Override
    public SequencedMap<String, Double> all() {
        SequencedMap<String, Double> scores = followed();
        scores.put("mse", meanSquaredError());
        scores.put("mae", meanAbsoluteError());
        scores.put("r2", rSquared());
        return scores;
    }

    @Override
    public String main() {
        return FOLLOWED.get(1);
    }
}
