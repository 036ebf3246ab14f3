// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.metrics.ClassificationMetrics;

/**
 * What a model achieves on a data set.
 *
 * @param loss    mean cross entropy
 * @param metrics accuracy, F1 and the like
 */
public record Evaluation(double loss, ClassificationMetrics metrics) {
}
