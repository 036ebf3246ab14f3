// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** What follows from the order of numbers alone. */
final class Ranking {
    private Ranking() {
    }

    /** Rank of each value, 1 for the smallest; equal ones share the mean of their ranks. */
    static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        // Adding 0 makes 0 of -0, which a comparator would tell apart.
        Arrays.sort(order, Comparator.comparingDouble((Integer i) -> values[i] + 0.0));
        double[] ranks = new double[values.length];
        for (int from = 0; from < order.length;) {
            int to = from + 1;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + 1 + to) / 2.0;
            }
            from = to;
        }
        return ranks;
    }

    /**
     * Area under the ROC curve: the share of pairs of a positive and a negative text in which the positive one has the larger score, where equal scores
     * count half (Hanley and McNeil, 1982). NaN without a text of either kind.
     */
    static double rocAuc(boolean[] positive, double[] scores) {
        double[] ranks = ranks(scores);
        double sum = 0;
        long positives = 0;
        for (int i = 0; i < positive.length; i++) {
            if (positive[i]) {
                sum += ranks[i];
                positives++;
            }
        }
        long negatives = positive.length - positives;
        return positives == 0 || negatives == 0 ? Double.NaN : (sum - positives * (positives + 1) / 2.0) / ((double) positives * negatives);
    }
}
