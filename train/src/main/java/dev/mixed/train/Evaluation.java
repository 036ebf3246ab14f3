// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.metrics.ClassificationMetrics;
import dev.mixed.train.metrics.Scores;

/**
 * What a model achieves on a data set.
 *
 * @param loss   mean loss, such as cross entropy
 * @param scores accuracy, F1 and the like
 */
public record Evaluation(double loss, Scores scores) {
    /** The scores of a classifier; an {@link IllegalStateException} for another task. */
    public ClassificationMetrics metrics() {
        if (scores instanceof ClassificationMetrics metrics) {
            return metrics;
        }
        throw new IllegalStateException("the task has other scores than classes have: " + scores.all().keySet());
    }
}
