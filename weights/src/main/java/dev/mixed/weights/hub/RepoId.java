// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import java.util.regex.Pattern;

/** A model's name on the hub, for example {@code google/bert_uncased_L-12_H-768_A-12} or {@code bert-base-uncased}. */
record RepoId(String name) {
    /** One or two parts of letters, digits, dots, dashes and underscores, as the hub allows: none can lead out of a folder. */
    private static final Pattern NAME = Pattern.compile("(?:[A-Za-z0-9][\\w.-]{0,95}/)?[A-Za-z0-9][\\w.-]{0,95}");

    RepoId {
        if (!isName(name)) {
            throw new IllegalArgumentException("'" + name + "' is no name of a model");
        }
    }

    /** Whether {@code text} could be a model's name. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches() && !text.contains("..") && !text.contains("--");
    }

    /** Name of the model's folder in the cache. */
    String folder() {
        return "models--" + name.replace("/", "--");
    }
}
