// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import dev.mixed.io.Brief;
import dev.mixed.train.metrics.ClassificationMetrics;
import dev.mixed.train.metrics.MultiLabelMetrics;
import dev.mixed.train.metrics.Scores;
import dev.mixed.train.metrics.TagMetrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The scores of a classifier for a terminal. */
public final class MetricsTables {
    /** Characters in a line of a wide terminal. */
    public static final int WIDEST = 160;

    private static final int MOST_MISTAKES = 20;

    private MetricsTables() {
    }

    /** Texts, loss and the scores that a run follows. */
    public static ResultTable followed(double loss, Scores scores) {
        return of(loss, scores, scores.followed().keySet());
    }

    /** Texts, loss and the scores of these names, where there are such. */
    public static ResultTable of(double loss, Scores scores, Collection<String> names) {
        List<String> columns = new ArrayList<>(List.of("texts", "loss"));
        List<Object> cells = new ArrayList<>(List.of(scores.total(), loss));
        names.forEach(name -> {
            Double score = scores.all().get(name);
            if (score != null) {
                columns.add(ScoreNames.of(name));
                cells.add(score);
            }
        });
        return new ResultTable(columns.toArray(String[]::new)).add(cells.toArray());
    }

    /** The scores beyond those that a run follows, one a line. */
    public static ResultTable others(Scores scores) {
        ResultTable table = new ResultTable("score", "");
        scores.all().forEach((name, score) -> {
            if (!scores.followed().containsKey(name)) {
                table.add(ScoreNames.of(name), score);
            }
        });
        return table;
    }

    /** Averages of precision, recall and F1 over the classes, and for two classes those of the second one alone. */
    public static ResultTable averages(ClassificationMetrics metrics) {
        ResultTable table = new ResultTable("average", "precision", "recall", "f1", "texts");
        table.add("macro", metrics.macroPrecision(), metrics.macroRecall(), metrics.macroF1(), metrics.total());
        table.add("weighted", metrics.weightedPrecision(), metrics.weightedRecall(), metrics.weightedF1(), metrics.total());
        return table;
    }

    /** Precision, recall, F1 and number of texts per label, where texts have several. */
    public static ResultTable perLabel(MultiLabelMetrics metrics) {
        boolean each = metrics.threshold().isEmpty();
        List<String> columns = new ArrayList<>(List.of("label", "precision", "recall", "f1", "texts"));
        if (each) {
            columns.add("given above");
        }
        ResultTable table = new ResultTable(columns.toArray(String[]::new));
        for (int c = 0; c < metrics.labels().size(); c++) {
            List<Object> row = new ArrayList<>(List.of(metrics.labels().get(c), metrics.precision(c), metrics.recall(c), metrics.f1(c), metrics.support(c)));
            if (each) {
                row.add(metrics.thresholds().get(c));
            }
            table.add(row.toArray());
        }
        return table;
    }

    /** Precision, recall, F1 and number of entities of a type, or of words with a tag. */
    public static ResultTable perType(TagMetrics metrics) {
        ResultTable table = new ResultTable(metrics.isOfEntities() ? "entity" : "tag", "precision", "recall", "f1",
                metrics.isOfEntities() ? "entities" : "words");
        metrics.types().forEach((type, c) -> table.add(type, c.precision(), c.recall(), c.f1(), c.support()));
        return table;
    }

    /** Matthews' correlation, and the area under the ROC curve where it is known. */
    public static String correlations(ClassificationMetrics metrics) {
        return String.format(Locale.ROOT, "MCC %.4f", metrics.matthews())
                + (Double.isNaN(metrics.rocAuc()) ? "" : String.format(Locale.ROOT, ", ROC AUC %.4f", metrics.rocAuc()));
    }

    /** Precision, recall, F1 and number of texts per class. */
    public static ResultTable perClass(ClassificationMetrics metrics) {
        ResultTable table = new ResultTable("class", "precision", "recall", "f1", "texts");
        for (int c = 0; c < metrics.labels().size(); c++) {
            table.add(metrics.labels().get(c), metrics.precision(c), metrics.recall(c), metrics.f1(c), metrics.support(c));
        }
        return table;
    }

    /** The confusion matrix: a row per true class, a column per prediction. */
    public static ResultTable confusion(ClassificationMetrics metrics) {
        List<String> labels = metrics.labels();
        String[] columns = new String[labels.size() + 1];
        columns[0] = "true \\ predicted";
        for (int c = 0; c < labels.size(); c++) {
            columns[c + 1] = labels.get(c);
        }
        ResultTable table = new ResultTable(columns);
        int[][] confusion = metrics.confusion();
        for (int c = 0; c < labels.size(); c++) {
            Object[] cells = new Object[columns.length];
            cells[0] = labels.get(c);
            for (int p = 0; p < labels.size(); p++) {
                cells[p + 1] = confusion[c][p];
            }
            table.add(cells);
        }
        return table;
    }

    /** The confusion matrix where it is no wider than that many characters, else its largest counts beside the diagonal. */
    public static String confusion(ClassificationMetrics metrics, int width) {
        // Each column takes eight characters and a gap at least: a matrix that can't fit need not be laid out.
        String whole = metrics.labels().size() > width / 10 ? null : confusion(metrics).toString();
        if (whole != null && whole.lines().allMatch(line -> line.codePointCount(0, line.length()) <= width)) {
            return whole;
        }
        List<Mistake> mistakes = mistakes(metrics);
        String wide = "The confusion matrix of " + metrics.labels().size() + " classes is too wide to print; --format json has it whole. ";
        if (mistakes.isEmpty()) {
            return wide + "There is no mistake.";
        }
        ResultTable table = new ResultTable("true", "predicted", "texts");
        mistakes.stream().limit(MOST_MISTAKES)
                .forEach(m -> table.add(Brief.of(metrics.labels().get(m.truth)), Brief.of(metrics.labels().get(m.predicted)), m.texts));
        String shown = mistakes.size() > MOST_MISTAKES ? "the " + MOST_MISTAKES + " most frequent mistakes of " + mistakes.size() : "all mistakes";
        return wide + "Here are " + shown + ":\n\n" + table;
    }

    private record Mistake(int truth, int predicted, int texts) {
    }

    private static List<Mistake> mistakes(ClassificationMetrics metrics) {
        int[][] confusion = metrics.confusion();
        List<Mistake> mistakes = new ArrayList<>();
        for (int t = 0; t < confusion.length; t++) {
            for (int p = 0; p < confusion.length; p++) {
                if (t != p && confusion[t][p] > 0) {
                    mistakes.add(new Mistake(t, p, confusion[t][p]));
                }
            }
        }
        mistakes.sort(Comparator.comparingInt(Mistake::texts).reversed());
        return mistakes;
    }
}
