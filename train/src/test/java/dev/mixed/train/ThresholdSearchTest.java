// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.metrics.MultiLabelMetrics;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The threshold that is found has the best micro-F1 of all there are. */
class ThresholdSearchTest {
    @Test
    void noOtherThresholdIsBetter() {
        for (int seed = 0; seed < 30; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            boolean[][] truth = new boolean[12][3];
            double[][] probabilities = new double[12][3];
            for (int i = 0; i < 36; i++) {
                truth[i / 3][i % 3] = random.nextInt(4) == 0;
                // Some are equal.
                probabilities[i / 3][i % 3] = random.nextInt(1, 20) / 40.0 + (truth[i / 3][i % 3] ? 0.1 : 0);
            }
            double found = ThresholdSearch.best(truth, probabilities);
            assertTrue(found > 0 && found < 1);
            double best = f1(truth, probabilities, found);
            for (double threshold = 0.005; threshold < 1; threshold += 0.005) {
                double other = f1(truth, probabilities, threshold);
                assertTrue(other <= best, seed + ": " + threshold + " gives " + other + ", " + found + " " + best);
            }
            assertTrue(best > 0.2);
        }
    }

    private static double f1(boolean[][] truth, double[][] probabilities, double threshold) {
        return MultiLabelMetrics.of(List.of("a", "b", "c"), truth, probabilities, threshold).microF1();
    }

    @Test
    void aHalfStaysWhereNothingIsBetter() {
        assertEquals(0.5, ThresholdSearch.best(new boolean[][] {{true, false}}, new double[][] {{0.9, 0.2}}));
        assertEquals(0.5, ThresholdSearch.best(new boolean[][] {{false, false}}, new double[][] {{0.9, 0.2}}), "without any label");
        assertEquals(0.15, ThresholdSearch.best(new boolean[][] {{true, false}}, new double[][] {{0.2, 0.1}}), 1e-15);
        assertEquals(0.375, ThresholdSearch.best(new boolean[][] {{true, false}, {false, true}}, new double[][] {{0.45, 0.3}, {0.2, 0.1}}), 1e-15,
                "0.05 does as well, but is farther off");
        double below = Math.nextDown(0.2);
        assertEquals(below, ThresholdSearch.best(new boolean[][] {{true, false}}, new double[][] {{0.2, below}}), "neighbouring numbers");
        assertEquals(0.05, ThresholdSearch.best(new boolean[][] {{true, true}}, new double[][] {{0.2, 0.1}}), 1e-15, "all of them");
    }

    @Test
    void eachLabelHasItsOwnBest() {
        boolean[][] truth = {{true, false, false}, {true, true, false}, {false, true, false}};
        double[][] probabilities = {{0.3, 0.8, 0.9}, {0.2, 0.9, 0.1}, {0.1, 0.95, 0.1}};
        List<Double> found = ThresholdSearch.bestOfEach(truth, probabilities);
        assertEquals(0.15, found.get(0), 1e-15);
        assertEquals(0.85, found.get(1), 1e-15);
        assertEquals(0.5, found.get(2), "a label that no text has");
        MultiLabelMetrics scores = MultiLabelMetrics.of(List.of("a", "b", "c"), truth, probabilities, found);
        assertEquals(List.of(1.0, 1.0, 0.0), List.of(scores.f1(0), scores.f1(1), scores.f1(2)));
        assertTrue(scores.threshold().isEmpty() && scores.thresholds().equals(found));
    }
}
