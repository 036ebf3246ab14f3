// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import dev.mixed.train.metrics.ClassificationMetrics;
import java.util.List;

/** The scores of a classifier for a terminal. */
public final class MetricsTables {
    private MetricsTables() {
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
}
