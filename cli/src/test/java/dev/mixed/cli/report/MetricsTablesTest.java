// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.train.metrics.ClassificationMetrics;
import java.util.List;
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
}
