// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Finds the probability above which labels are to be given. */
final class ThresholdSearch {
    private ThresholdSearch() {
    }

    /**
     * The threshold with the best micro-F1: of all that do as well, of which each lies half-way between two probabilities, the one nearest to 0.5, and 0.5
     * itself where nothing is better.
     *
     * @param truth         which labels each text has, [texts][labels]
     * @param probabilities of the labels, [texts][labels]
     * @return above 0 and below 1
     */
    static double best(boolean[][] truth, double[][] probabilities) {
        int labels = truth[0].length;
        int n = truth.length * labels;
        int[] order = IntStream.range(0, n).boxed().sorted(Comparator.comparingDouble((Integer i) -> -probabilities[i / labels][i % labels]))
                .mapToInt(Integer::intValue).toArray();
        double[] sorted = Arrays.stream(order).mapToDouble(i -> probabilities[i / labels][i % labels]).toArray();
        long support = Arrays.stream(order).filter(i -> truth[i / labels][i % labels]).count();
        int atHalf = 0;
        long rightAtHalf = 0;
        while (atHalf < n && sorted[atHalf] > MultiLabelTask.THRESHOLD) {
            rightAtHalf += truth[order[atHalf] / labels][order[atHalf] % labels] ? 1 : 0;
            atHalf++;
        }
        double best = MultiLabelTask.THRESHOLD;
        double bestF1 = f1(rightAtHalf, atHalf, support);
        long right = 0;
        for (int given = 1; given <= n; given++) {
            right += truth[order[given - 1] / labels][order[given - 1] % labels] ? 1 : 0;
            double above = sorted[given - 1];
            double below = given == n ? 0 : sorted[given];
            double middle = above + (below - above) / 2;
            // Neighbouring doubles have none between them.
            double threshold = middle < above ? middle : below;
            if (below == above || !(threshold > 0 && threshold < 1)) {
                continue;
            }
            double f1 = f1(right, given, support);
            if (f1 > bestF1 || f1 == bestF1 && Math.abs(threshold - MultiLabelTask.THRESHOLD) < Math.abs(best - MultiLabelTask.THRESHOLD)) {
                best = threshold;
                bestF1 = f1;
            }
        }
        return best;
    }

    /** {@link #best} of each label by itself, so that each has its best F1; 0.5 for one that no text has. */
    static List<Double> bestOfEach(boolean[][] truth, double[][] probabilities) {
        return IntStream.range(0, truth[0].length).mapToObj(c -> best(Arrays.stream(truth).map(row -> new boolean[] {row[c]}).toArray(boolean[][]::new),
                Arrays.stream(probabilities).map(row -> new double[] {row[c]}).toArray(double[][]::new))).toList();
    }

    private static double f1(long right, long given, long support) {
        return given + support == 0 ? 0 : 2.0 * right / (given + support);
    }
}
