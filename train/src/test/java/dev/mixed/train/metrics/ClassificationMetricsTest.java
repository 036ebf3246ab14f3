// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationMetricsTest {

    private static final double EXACT = 1e-15;

    /** a is met 3 times, found twice; b 2 times, found once; c once, found once; one c too many. All fractions by hand. */
    @Test
    void threeClassesByHand() {
        ClassificationMetrics m = ClassificationMetrics.of(List.of("a", "b", "c"), new int[] {0, 0, 0, 1, 1, 2}, new int[] {0, 0, 1, 1, 2, 2});
        assertArrayEquals(new int[][] {{2, 1, 0}, {0, 1, 1}, {0, 0, 1}}, m.confusion());
        assertEquals(4.0 / 6, m.accuracy(), EXACT);
        assertEquals(1.0, m.precision(0), EXACT);
        assertEquals(2.0 / 3, m.recall(0), EXACT);
        assertEquals(4.0 / 5, m.f1(0), EXACT);
        assertEquals(1.0 / 2, m.precision(1), EXACT);
        assertEquals(1.0 / 2, m.recall(1), EXACT);
        assertEquals(1.0 / 2, m.f1(1), EXACT);
        assertEquals(1.0 / 2, m.precision(2), EXACT);
        assertEquals(1.0, m.recall(2), EXACT);
        assertEquals(2.0 / 3, m.f1(2), EXACT);
        assertEquals((4.0 / 5 + 1.0 / 2 + 2.0 / 3) / 3, m.macroF1(), EXACT);
        assertEquals(3, m.support(0));
        assertEquals(2, m.predicted(1));
        assertEquals(6, m.total());
    }

    /** TweetEval's offensive test set has 240 positives in 860: always answering "not offensive" is known to score 41.9. */
    @Test
    void aClassNeverPredictedHasZeroPrecisionAndCounts() {
        int[] truth = new int[860];
        java.util.Arrays.fill(truth, 0, 240, 1);
        ClassificationMetrics m = ClassificationMetrics.of(List.of("not-offensive", "offensive"), truth, new int[860]);
        assertEquals(0.0, m.precision(1));
        assertEquals(0.0, m.f1(1));
        assertEquals(620.0 / 860, m.accuracy(), EXACT);
        assertEquals(2.0 * 620 / (860 + 620) / 2, m.macroF1(), EXACT);
        assertEquals(0.419, m.macroF1(), 5e-4);
    }

    @Test
    void aClassNeverMetButPredictedCountsAsZero() {
        ClassificationMetrics m = ClassificationMetrics.of(List.of("a", "b"), new int[] {0, 0}, new int[] {0, 1});
        assertEquals(0.0, m.recall(1));
        assertEquals((2.0 / 3 + 0) / 2, m.macroF1(), EXACT);
    }

    @Test
    void aClassThatOccursNowhereIsLeftOutOfTheMean() {
        ClassificationMetrics m = ClassificationMetrics.of(List.of("a", "b", "c"), new int[] {0, 1}, new int[] {0, 1});
        assertEquals(1.0, m.macroF1());
        assertEquals(0.0, m.f1(2));
    }

    @Test
    void refusesWhatCannotBeScored() {
        List<String> labels = List.of("a", "b");
        assertThrows(IllegalArgumentException.class, () -> ClassificationMetrics.of(labels, new int[0], new int[0]));
        assertThrows(IllegalArgumentException.class, () -> ClassificationMetrics.of(labels, new int[1], new int[2]));
        assertThrows(IllegalArgumentException.class, () -> ClassificationMetrics.of(labels, new int[] {0}, new int[] {2}));
        assertThrows(IllegalArgumentException.class, () -> ClassificationMetrics.of(labels, new int[] {-1}, new int[] {0}));
    }
}
