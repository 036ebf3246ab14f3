// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.stream.IntStream;

/** The vectors of pairs of texts on the host, each pair as the vector of its first text and that of its second one, end to end. */
final class VectorPairs {
    /** Pairs among whose second texts each first one looks for its own: with other pairs than of one batch, scores would depend on its size. */
    static final int GROUP = 128;
    private static final double SHORTEST = 1e-12;

    private final float[][] pairs;
    private final int size;
    private final double[] lengths;

    /** @param pairs [pairs][2 * size] */
    VectorPairs(float[][] pairs) {
        this.pairs = pairs;
        this.size = pairs.length == 0 ? 0 : pairs[0].length / 2;
        this.lengths = new double[2 * pairs.length];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = Math.max(Math.sqrt(product(i / 2, i % 2 * size, i / 2, i % 2 * size)), SHORTEST);
        }
    }

    private double product(int a, int fromA, int b, int fromB) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += (double) pairs[a][fromA + i] * pairs[b][fromB + i];
        }
        return sum;
    }

    /** The cosine of the first text of one pair and the second text of another. */
    double cosine(int first, int second) {
        return product(first, 0, second, size) / (lengths[2 * first] * lengths[2 * second + 1]);
    }

    /** The cosine of each pair. */
    double[] cosines() {
        return IntStream.range(0, pairs.length).mapToDouble(i -> cosine(i, i)).toArray();
    }

    /**
     * How each first text finds its second one.
     *
     * @param ranks [pairs] 1 where no other second text is nearer
     * @param loss  mean of the negative logarithms of the second texts' probabilities
     */
    record Found(int[] ranks, double loss) {
    }

    /** Looks in groups of at most {@value #GROUP} neighbouring pairs, all of nearly the same size. */
    Found found(double scale) {
        int n = pairs.length;
        int groups = Math.max(1, Math.ceilDiv(n, GROUP));
        int[] ranks = new int[n];
        double[] losses = new double[n];
        IntStream.range(0, groups).parallel().forEach(g -> {
            int from = (int) ((long) n * g / groups);
            int to = (int) ((long) n * (g + 1) / groups);
            for (int i = from; i < to; i++) {
                double own = scale * cosine(i, i);
                ranks[i] = 1;
                double sum = 0;
                for (int j = from; j < to; j++) {
                    double other = scale * cosine(i, j);
                    ranks[i] += other > own ? 1 : 0;
                    // Cosines are bounded, so that no power overflows.
                    sum += Math.exp(other - own);
                }
                losses[i] = Math.log(sum);
            }
        });
        return new Found(ranks, IntStream.range(0, n).mapToDouble(i -> losses[i]).sum() / n);
    }
}
