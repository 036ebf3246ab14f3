// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import java.util.List;
import java.util.Set;

/**
 * What a model on the hub consists of beside its {@link #CONFIG} and its weights.
 *
 * @param kind   what to name in place of something without a configuration, for example "a BERT model that transformers can load"
 * @param extras names of further files, each of which a model may lack
 * @param anyOf  those of which it needs one at least
 */
public record ModelFiles(String kind, List<String> extras, Set<String> anyOf) {
    /** The configuration, which every model has. */
    public static final String CONFIG = "config.json";

    public ModelFiles {
        extras = List.copyOf(extras);
        anyOf = Set.copyOf(anyOf);
    }
}
