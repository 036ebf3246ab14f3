// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.List;

/**
 * What a classifier says of one text.
 *
 * @param label         the class of the largest probability
 * @param probability   its probability, from 0 to 1
 * @param probabilities of all classes, in the order of the model's labels
 */
public record Prediction(String label, double probability, List<Double> probabilities) {
    public Prediction {
        probabilities = List.copyOf(probabilities);
    }
}
