// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.List;

/**
 * What may stand in place of a word that was taken out, the likeliest first.
 *
 * @param tokens        of the vocabulary
 * @param probabilities of each
 */
public record GuessPrediction(List<String> tokens, List<Double> probabilities) {
    public GuessPrediction {
        tokens = List.copyOf(tokens);
        probabilities = List.copyOf(probabilities);
    }
}
