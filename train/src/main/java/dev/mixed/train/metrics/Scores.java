// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;

/** What a model achieves on a data set in one task, as numbers under the names that files have for them, such as {@code macro_f1}. */
public interface Scores {
    /** Name that the loss has where it is used as a score. */
    String LOSS = "loss";

    /** Those of miXed's scores of which less is better. */
    Set<String> LESS = Set.of(LOSS, "mse", "mae", "perplexity");

    /** Number of texts that were scored. */
    int total();

    /** The scores that a run follows from epoch to epoch, in the order of the columns of {@code metrics.csv}; the {@link #main} one is among them. */
    SequencedMap<String, Double> followed();

    /** All scores, those {@link #followed} first. */
    SequencedMap<String, Double> all();

    /** Name of the one by which models are compared where nobody names another. */
    String main();

    /** The {@link #main} one, turned where needed so that greater is better; where it is no number, nothing is worse. */
    default double score() {
        double score = Objects.requireNonNull(followed().get(main()), "the main score is among those followed");
        return Double.isNaN(score) ? -Double.MAX_VALUE : score;
    }

    /** Whether less of a score, or of the loss, is better. */
    default boolean lessIsBetter(String name) {
        return LESS.contains(name);
    }
}
