// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Scores of a classifier on a set of labelled texts, as scikit-learn computes them: a ratio without a case to count is 0
 * ({@code zero_division=0}), and the macro average is over the classes that occur in the labels or the predictions.
 */
public final class ClassificationMetrics implements Scores {
    /** Names of the scores that a run follows. */
    public static final List<String> FOLLOWED = List.of("accuracy", "macro_f1");

    /** The area under the ROC curve, which takes a text of each class. */
    public static final String ROC_AUC = "roc_auc";

    /** Names of {@link #all()}, those of the second of two classes and the area under the curve among them. */
    public static final List<String> ALL = List.of("accuracy", "macro_f1", "macro_precision", "macro_recall", "micro_f1", "weighted_precision",
            "weighted_recall", "weighted_f1", "binary_precision", "binary_recall", "binary_f1", "mcc", ROC_AUC);

    private final List<String> labels;
    private final int[][] confusion;
    private final int total;
    /** Area under the ROC curve; NaN where it is not known, or a class is missing among the labels. */
    private final double rocAuc;

    private ClassificationMetrics(List<String> labels, int[][] confusion, int total, double rocAuc) {
        this.labels = labels;
        this.confusion = confusion;
        this.total = total;
        this.rocAuc = rocAuc;
    }

    /**
     * @param labels class names; a class is its index here
     * @param truth true class of each text, [texts]
     * @param predicted predicted class of each text, [texts]
     * @throws IllegalArgumentException when there is no text, the lengths differ or a class is not in {@code labels}
     */
    public static ClassificationMetrics of(List<String> labels, int[] truth, int[] predicted) {
        return of(labels, truth, predicted, null);
    }

    /**
     * {@link #of(List, int[], int[])} with what the model thinks of each class.
     *
     * @param probabilities [texts][classes]; null if they are not known
     */
    public static ClassificationMetrics of(List<String> labels, int[] truth, int[] predicted, double @Nullable [][] probabilities) {
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
        double auc = probabilities == null ? Double.NaN : rocAuc(labels.size(), truth, probabilities);
        return new ClassificationMetrics(List.copyOf(labels), confusion, truth.length, auc);
    }

    /** Class names in the order of their indices. */
    public List<String> labels() {
        return labels;
    }

    private static double rocAuc(int classes, int[] truth, double[][] probabilities) {
        double sum = 0;
        // Of two classes, one is the other's mirror image.
        int first = classes == 2 ? 1 : 0;
        for (int c = first; c < classes; c++) {
            boolean[] positive = new boolean[truth.length];
            double[] scores = new double[truth.length];
            for (int i = 0; i < truth.length; i++) {
                positive[i] = truth[i] == c;
                scores[i] = probabilities[i][c];
            }
            sum += Ranking.rocAuc(positive, scores);
        }
        return sum / (classes - first);
    }

    /** Number of texts. */
    @Override
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
        return macro(this::f1);
    }

    /** Mean precision of the classes that occur in the labels or the predictions. */
    public double macroPrecision() {
        return macro(this::precision);
    }

    /** Mean recall of the classes that occur in the labels or the predictions. */
    public double macroRecall() {
        return macro(this::recall);
    }

    /** Mean F1 of the classes, each with as much weight as it has texts. */
    public double weightedF1() {
        return weighted(this::f1);
    }

    /** Mean precision of the classes, each with as much weight as it has texts. */
    public double weightedPrecision() {
        return weighted(this::precision);
    }

    /** Mean recall of the classes, each with as much weight as it has texts: the {@link #accuracy}. */
    public double weightedRecall() {
        return weighted(this::recall);
    }

    /** F1 of all classes counted together: where each text has one class, the {@link #accuracy}, as are precision and recall. */
    public double microF1() {
        return accuracy();
    }

    /**
     * Matthews' correlation of labels and predictions, from -1 to 1, for any number of classes (Gorodkin, 2004); 0 where all labels or all predictions are
     * of one class.
     */
    public double matthews() {
        double right = 0;
        double products = 0;
        double predictedSquares = 0;
        double trueSquares = 0;
        for (int c = 0; c < confusion.length; c++) {
            right += confusion[c][c];
            products += (double) predicted(c) * support(c);
            predictedSquares += (double) predicted(c) * predicted(c);
            trueSquares += (double) support(c) * support(c);
        }
        double all = (double) total * total;
        double product = (all - predictedSquares) * (all - trueSquares);
        return product == 0 ? 0 : (right * total - products) / Math.sqrt(product);
    }

    /**
     * Area under the ROC curve: for two classes that of the second one, for more the mean over each class against the others. NaN where the probabilities
     * were not given, or a class has no text.
     */
    public double rocAuc() {
        return rocAuc;
    }

    @Override
    public SequencedMap<String, Double> followed() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        scores.put(FOLLOWED.get(0), accuracy());
        scores.put(FOLLOWED.get(1), macroF1());
        return scores;
    }

    /** {@link #followed()}, the other averages, {@code mcc}, {@code roc_auc} where it is known, and for two classes the scores of the second one. */
    @Override
    public SequencedMap<String, Double> all() {
        SequencedMap<String, Double> scores = followed();
        scores.put("macro_precision", macroPrecision());
        scores.put("macro_recall", macroRecall());
        scores.put("micro_f1", microF1());
        scores.put("weighted_precision", weightedPrecision());
        scores.put("weighted_recall", weightedRecall());
        scores.put("weighted_f1", weightedF1());
        if (labels.size() == 2) {
            scores.put("binary_precision", precision(1));
            scores.put("binary_recall", recall(1));
            scores.put("binary_f1", f1(1));
        }
        scores.put("mcc", matthews());
        if (!Double.isNaN(rocAuc)) {
            scores.put("roc_auc", rocAuc);
        }
        return scores;
    }

    @Override
    public String main() {
        return FOLLOWED.get(1);
    }

    private double macro(IntToDoubleFunction score) {
        double sum = 0;
        int classes = 0;
        for (int c = 0; c < confusion.length; c++) {
            if (predicted(c) + support(c) > 0) {
                sum += score.applyAsDouble(c);
                classes++;
            }
        }
        return sum / classes;
    }

    private double weighted(IntToDoubleFunction score) {
        double sum = 0;
        for (int c = 0; c < confusion.length; c++) {
            sum += score.applyAsDouble(c) * support(c);
        }
        return sum / total;
    }

    private static double ratio(int part, int whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
