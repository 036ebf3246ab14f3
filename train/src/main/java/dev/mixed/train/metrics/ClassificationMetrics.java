// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.List;

/**
 * Scores of a classifier on a set of labelled texts, as scikit-learn computes them: a ratio without a case to count is 0
 * ({@code zero_division=0}), and the macro average is over the classes that occur in the labels or the predictions.
 */
public final class ClassificationMetrics {

    private final List<String> labels;
    private final int[][] confusion;
    private final int total;

    private ClassificationMetrics(List<String> labels, int[][] confusion, int total) {
        this.labels = labels;
        this.confusion = confusion;
        this.total = total;
    }

    /**
     * @param labels class names; a class is its index here
     * @param truth true class of each text, [texts]
     * @param predicted predicted class of each text, [texts]
     * @throws IllegalArgumentException when there is no text, the lengths differ or a class is not in {@code labels}
     */
    public static ClassificationMetrics of(List<String> labels, int[] truth, int[] predicted) {
        if (truth.length == 0 || truth.length != predicted.length) {
            throw new IllegalArgumentException("metrics need as many predictions as labels and at least one: " + truth.length + " labels, "
                    + predicted.length + " predictions");
        }
        int[][] confusion = new int[labels.size()][labels.size()];
        for (int i = 0; i < truth.length; i++) {
            if (Math.min(truth[i], predicted[i]) < 0 || Math.max(truth[i], predicted[i]) >= labels.size()) {
                throw new IllegalArgumentException("text " + i + ": class " + truth[i] + " or prediction " + predicted[i] + " is not one of "
                        + labels.size() + " classes");
            }
            confusion[truth[i]][predicted[i]]++;
        }
        return new ClassificationMetrics(List.copyOf(labels), confusion, truth.length);
    }

    /** Class names in the order of their indices. */
    public List<String> labels() {
        return labels;
    }

    /** Number of texts. */
    public int total() {
        return total;
    }

    /** Counts of texts, [true class, predicted class]. */
    public int[][] confusion() {
        int[][] copy = new int[confusion.length][];
        for (int c = 0; c < copy.length; c++) {
            copy[c] = confusion[c].clone();
        }
        return copy;
    }

    /** Share of texts whose prediction is right. */
    public double accuracy() {
        int right = 0;
        for (int c = 0; c < confusion.length; c++) {
            right += confusion[c][c];
        }
        return ratio(right, total);
    }

    /** Number of texts that truly are of class {@code c}. */
    public int support(int c) {
        int sum = 0;
        for (int count : confusion[c]) {
            sum += count;
        }
        return sum;
    }

    /** Number of texts that were taken for class {@code c}. */
    public int predicted(int c) {
        int sum = 0;
        for (int[] row : confusion) {
            sum += row[c];
        }
        return sum;
    }

    /** Of the texts taken for class {@code c}, the share that truly are. */
    public double precision(int c) {
        return ratio(confusion[c][c], predicted(c));
    }

    /** Of the texts that truly are of class {@code c}, the share that was found. */
    public double recall(int c) {
        return ratio(confusion[c][c], support(c));
    }

    /** Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). */
    public double f1(int c) {
        return ratio(2 * confusion[c][c], predicted(c) + support(c));
    }

    /** Mean F1 of the classes that occur in the labels or the predictions. */
    public double macroF1() {
        double sum = 0;
        int classes = 0;
        for (int c = 0; c < confusion.length; c++) {
            if (predicted(c) + support(c) > 0) {
                sum += f1(c);
                classes++;
            }
        }
        return sum / classes;
    }

    private static double ratio(int part, int whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
