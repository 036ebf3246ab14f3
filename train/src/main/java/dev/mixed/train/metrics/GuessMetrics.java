// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * How well words that were taken out of texts are guessed.
 *
 * @param total texts
 * @param loss  mean of the negative logarithm of the right word's probability
 * @param right share of words for which the right one is the likeliest
 */
public record GuessMetrics(int total, double loss, double right) implements Scores {
    /** Names of the scores that a run follows. */
    public static final List<String> FOLLOWED = List.of("accuracy", "perplexity");

    /**
     * Of sums over words.
     *
     * @param loss  sum of the negative logarithms
     * @param right number of right guesses
     * @param all   number of words, 1 or more
     */
    public static GuessMetrics of(int texts, double loss, long right, long all) {
        if (all < 1) {
            throw new IllegalArgumentException("no word was guessed: every text is empty");
        }
        return new GuessMetrics(texts, loss / all, (double) right / all);
    }

    /** e to the mean loss: among how many equally likely words it would be as hard to guess. */
    public double perplexity() {
        return Math.exp(loss);
    }

    @Override
    public SequencedMap<String, Double> followed() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        scores.put(FOLLOWED.get(0), right);
        scores.put(FOLLOWED.get(1), perplexity());
        return scores;
    }

    @Override
    public SequencedMap<String, Double> all() {
        return followed();
    }

    @Override
    public String main() {
        return FOLLOWED.get(1);
    }

    /** Less perplexity is better. */
    @Override
    public double score() {
        return -perplexity();
    }
}
