// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.metrics.ClassificationMetrics;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MetricsTablesTest {
    @Test
    void tablesForATerminal() {
        ClassificationMetrics m = ClassificationMetrics.of(List.of("no", "yes"), new int[] {0, 0, 1}, new int[] {0, 1, 1});
        assertEquals("""
                class     precision    recall        f1     texts
                --------  ---------  --------  --------  --------
                no           1.0000    0.5000    0.6667         2
                yes          0.5000    1.0000    0.6667         1""", MetricsTables.perClass(m).toString());
        assertEquals("""
                true \\ predicted        no       yes
                ----------------  --------  --------
                no                       1         1
                yes                      0         1""", MetricsTables.confusion(m).toString());
    }

    @Test
    void aMatrixThatNoTerminalHoldsIsItsLargestCounts() {
        List<String> labels = IntStream.range(0, 150).mapToObj(i -> "class " + i).toList();
        int[] truth = IntStream.range(0, 450).map(i -> i % 150).toArray();
        int[] predicted = truth.clone();
        predicted[149] = 3;
        predicted[299] = 3;
        predicted[7] = 8;
        String text = MetricsTables.confusion(ClassificationMetrics.of(labels, truth, predicted), MetricsTables.WIDEST);
        assertEquals("""
                The confusion matrix of 150 classes is too wide to print; --format json has it whole. Here are all mistakes:

                true       predicted     texts
                ---------  ---------  --------
                class 149  class 3           2
                class 7    class 8           1""", text);
        int[] wrong = IntStream.range(0, 450).map(i -> (i + 1) % 150).toArray();
        String many = MetricsTables.confusion(ClassificationMetrics.of(labels, truth, wrong), MetricsTables.WIDEST);
        assertTrue(many.contains("Here are the 20 most frequent mistakes of 150:") && many.lines().count() == 24, many);
    }

    @Test
    void longNamesMakeAMatrixWideToo() {
        List<String> labels = List.of("a".repeat(90), "b".repeat(90));
        ClassificationMetrics m = ClassificationMetrics.of(labels, new int[] {0, 1}, new int[] {1, 1});
        assertTrue(MetricsTables.confusion(m, 160).startsWith("The confusion matrix of 2 classes is too wide to print"), MetricsTables.confusion(m, 160));
        assertEquals(MetricsTables.confusion(m).toString(), MetricsTables.confusion(m, 400));
        List<String> fourteen = IntStream.range(0, 14).mapToObj(i -> "c" + i).toList();
        ClassificationMetrics fits = ClassificationMetrics.of(fourteen, new int[] {0, 13}, new int[] {1, 13});
        assertEquals(MetricsTables.confusion(fits).toString(), MetricsTables.confusion(fits, MetricsTables.WIDEST));
    }
}
