// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.metrics.Entities;
import java.util.List;

/**
 * What a model says of the words of a text.
 *
 * @param words    as the text was split
 * @param tags     one for each word; empty for a word that was cut off, where no tag says that there is nothing
 * @param entities that the tags spell; empty where tags are of another kind
 */
public record TagPrediction(List<String> words, List<String> tags, List<Entities.Entity> entities) {
    public TagPrediction {
        words = List.copyOf(words);
        tags = List.copyOf(tags);
        entities = List.copyOf(entities);
    }
}
