// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.List;

/**
 * Which of several labels a model gives a text.
 *
 * @param labels        those of a probability above the threshold, in the order of the model's labels; perhaps none
 * @param probabilities of all labels, each from 0 to 1
 */
public record LabelPrediction(List<String> labels, List<Double> probabilities) {
    public LabelPrediction {
        labels = List.copyOf(labels);
        probabilities = List.copyOf(probabilities);
    }
}
