// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * How well the cosines of vectors say which texts are alike: against scores, their correlation; without scores, how far up each text's partner is among those
 * of other pairs.
 */
public final class SimilarityMetrics implements Scores {
    /** Names of the scores that a run follows whose pairs have scores. */
    public static final List<String> OF_SCORES = List.of("cosine_pearson", "cosine_spearman");
    /** Names of the scores that a run follows whose pairs have none. */
    public static final List<String> OF_PARTNERS = List.of("accuracy", "mrr");

    private final int total;
    private final List<String> names;
    private final double[] values;

    private SimilarityMetrics(int total, List<String> names, double... values) {
        this.total = total;
        this.names = names;
        this.values = values;
    }

    /**
     * Correlations of cosines with scores, as SciPy computes them: NaN where all are equal.
     *
     * @param scores  [pairs], one at least
     * @param cosines [pairs]
     */
    public static SimilarityMetrics ofScores(double[] scores, double[] cosines) {
        RegressionMetrics metrics = RegressionMetrics.of(scores, cosines);
        return new SimilarityMetrics(scores.length, OF_SCORES, metrics.pearson(), metrics.spearman());
    }

    /**
     * How far up partners are.
     *
     * @param ranks [pairs], one at least: 1 where no other text is nearer than the partner, and so on
     */
    public static SimilarityMetrics ofPartners(int[] ranks) {
        if (ranks.length == 0) {
            throw new IllegalArgumentException("metrics need at least one pair");
        }
        return new SimilarityMetrics(ranks.length, OF_PARTNERS, (double) IntStream.of(ranks).filter(rank -> rank == 1).count() / ranks.length,
                IntStream.of(ranks).mapToDouble(rank -> 1.0 / rank).sum() / ranks.length);
    }

    @Override
    public int total() {
        return total;
    }

    @Override
    public SequencedMap<String, Double> followed() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            scores.put(names.get(i), values[i]);
        }
        return scores;
    }

    @Override
    public SequencedMap<String, Double> all() {
        return followed();
    }

    @Override
    public String main() {
        return names.get(1);
    }
}
