// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Scores of predicted sets of labels, as scikit-learn computes them: a ratio without a case to count is 0 ({@code zero_division=0}). */
public final class MultiLabelMetrics implements Scores {
    /** Names of the scores that a run follows. */
    public static final List<String> FOLLOWED = List.of("subset_accuracy", "macro_f1", "micro_f1");

    /** Mean of the labels' areas under the ROC curve. */
    public static final String MACRO_ROC_AUC = "macro_roc_auc";
    /** Area under the ROC curve of all labels together. */
    public static final String MICRO_ROC_AUC = "micro_roc_auc";

    /** Names of {@link #all()}. */
    public static final List<String> ALL = List.of("subset_accuracy", "macro_f1", "micro_f1", "samples_f1", "micro_precision", "micro_recall",
            "macro_precision", "macro_recall", MICRO_ROC_AUC, MACRO_ROC_AUC);

    private final List<String> labels;
    private final boolean[][] truth;
    private final double[][] probabilities;
    private final boolean[][] predicted;
    private final List<Double> thresholds;
    private final int[] right;
    private final int[] support;
    private final int[] found;

    private MultiLabelMetrics(List<String> labels, boolean[][] truth, double[][] probabilities, boolean[][] predicted,
            List<Double> thresholds) {
        this.thresholds = thresholds;
        this.labels = List.copyOf(labels);
        this.truth = truth;
        this.probabilities = probabilities;
        this.predicted = predicted;
        right = new int[labels.size()];
        support = new int[labels.size()];
        found = new int[labels.size()];
        for (int i = 0; i < truth.length; i++) {
            for (int c = 0; c < labels.size(); c++) {
                right[c] += truth[i][c] && predicted[i][c] ? 1 : 0;
                support[c] += truth[i][c] ? 1 : 0;
                found[c] += predicted[i][c] ? 1 : 0;
            }
        }
    }

    /** {@link #of(List, boolean[][], double[][], List)} with one threshold for all labels. */
    public static MultiLabelMetrics of(List<String> labels, boolean[][] truth, double[][] probabilities, double threshold) {
        return of(labels, truth, probabilities, Collections.nCopies(labels.size(), threshold));
    }

    /**
     * Scores of predictions.
     *
     * @param truth         which labels each text has, [texts][labels]
     * @param probabilities of the labels, [texts][labels]
     * @param thresholds    above which each label is predicted
     * @throws IllegalArgumentException when there is no text, or the sizes differ
     */
    public static MultiLabelMetrics of(List<String> labels, boolean[][] truth, double[][] probabilities, List<Double> thresholds) {
        if (truth.length == 0 || truth.length != probabilities.length) {
            throw new IllegalArgumentException("metrics need as many predictions as texts and at least one: " + truth.length + " texts, "
                    + probabilities.length + " predictions");
        }
        boolean[][] predicted = new boolean[truth.length][labels.size()];
        for (int i = 0; i < truth.length; i++) {
            if (truth[i].length != labels.size() || probabilities[i].length != labels.size()) {
                throw new IllegalArgumentException("text " + i + " has " + truth[i].length + " labels and " + probabilities[i].length
                        + " probabilities for " + labels.size() + " labels");
            }
            for (int c = 0; c < labels.size(); c++) {
                predicted[i][c] = probabilities[i][c] > thresholds.get(c);
            }
        }
        return new MultiLabelMetrics(labels, truth, probabilities, predicted, List.copyOf(thresholds));
    }

    /** Names of the labels in the order of their indices. */
    public List<String> labels() {
        return labels;
    }

    /** The probabilities above which each label counts as predicted. */
    public List<Double> thresholds() {
        return thresholds;
    }

    /** The probability above which any label counts as predicted; empty where each has one of its own. */
    public OptionalDouble threshold() {
        return thresholds.stream().distinct().count() == 1 ? OptionalDouble.of(thresholds.getFirst()) : OptionalDouble.empty();
    }

    @Override
    public int total() {
        return truth.length;
    }

    /** Number of texts that have label {@code c}. */
    public int support(int c) {
        return support[c];
    }

    /** Number of texts that were given label {@code c}. */
    public int predicted(int c) {
        return found[c];
    }

    /** Of the texts that were given label {@code c}, the share that have it. */
    public double precision(int c) {
        return ratio(right[c], found[c]);
    }

    /** Of the texts that have label {@code c}, the share that were given it. */
    public double recall(int c) {
        return ratio(right[c], support[c]);
    }

    /** Harmonic mean of precision and recall of label {@code c}. */
    public double f1(int c) {
        return ratio(2L * right[c], (long) found[c] + support[c]);
    }

    /** Share of texts all of whose labels, and no others, were predicted. */
    public double subsetAccuracy() {
        int same = 0;
        for (int i = 0; i < truth.length; i++) {
            same += Arrays.equals(truth[i], predicted[i]) ? 1 : 0;
        }
        return ratio(same, truth.length);
    }

    /** F1 of all labels of all texts counted together. */
    public double microF1() {
        return ratio(2 * sum(right), sum(found) + sum(support));
    }

    /** Mean of the labels' F1. */
    public double macroF1() {
        return mean(this::f1);
    }

    /** Mean of the F1 of each text's labels. */
    public double samplesF1() {
        double all = 0;
        for (int i = 0; i < truth.length; i++) {
            int both = 0;
            int either = 0;
            for (int c = 0; c < labels.size(); c++) {
                both += truth[i][c] && predicted[i][c] ? 1 : 0;
                either += (truth[i][c] ? 1 : 0) + (predicted[i][c] ? 1 : 0);
            }
            all += ratio(2L * both, either);
        }
        return all / truth.length;
    }

    /** Area under the ROC curve of all labels of all texts together; NaN where all or none are there. */
    public double microRocAuc() {
        int n = labels.size();
        boolean[] positive = new boolean[truth.length * n];
        double[] scores = new double[positive.length];
        for (int i = 0; i < positive.length; i++) {
            positive[i] = truth[i / n][i % n];
            scores[i] = probabilities[i / n][i % n];
        }
        return Ranking.rocAuc(positive, scores);
    }

    /** Mean of the labels' areas under the ROC curve; NaN where a label is that of all texts or none. */
    public double macroRocAuc() {
        return mean(c -> {
            boolean[] positive = new boolean[truth.length];
            double[] scores = new double[truth.length];
            for (int i = 0; i < truth.length; i++) {
                positive[i] = truth[i][c];
                scores[i] = probabilities[i][c];
            }
            return Ranking.rocAuc(positive, scores);
        });
    }

    @Override
    public SequencedMap<String, Double> followed() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        scores.put(FOLLOWED.get(0), subsetAccuracy());
        scores.put(FOLLOWED.get(1), macroF1());
        scores.put(FOLLOWED.get(2), microF1());
        return scores;
    }

    @Override
    public SequencedMap<String, Double> all() {
        SequencedMap<String, Double> scores = followed();
        scores.put("samples_f1", samplesF1());
        scores.put("micro_precision", ratio(sum(right), sum(found)));
        scores.put("micro_recall", ratio(sum(right), sum(support)));
        scores.put("macro_precision", mean(this::precision));
        scores.put("macro_recall", mean(this::recall));
        scores.put(MICRO_ROC_AUC, microRocAuc());
        scores.put(MACRO_ROC_AUC, macroRocAuc());
        return scores;
    }

    @Override
    public String main() {
        return FOLLOWED.get(2);
    }

    private double mean(IntToDoubleFunction score) {
        double sum = 0;
        for (int c = 0; c < labels.size(); c++) {
            sum += score.applyAsDouble(c);
        }
        return sum / labels.size();
    }

    private static long sum(int[] counts) {
        return IntStream.of(counts).asLongStream().sum();
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
