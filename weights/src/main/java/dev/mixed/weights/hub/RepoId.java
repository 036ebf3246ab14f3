// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import java.util.regex.Pattern;

/** A repository's name on the hub, for example {@code google/bert_uncased_L-12_H-768_A-12} or {@code bert-base-uncased}, and what it is of. */
record RepoId(String name, Kind kind) {
    /** One or two parts of letters, digits, dots, dashes and underscores, as the hub allows: none can lead out of a folder. */
    private static final Pattern NAME = Pattern.compile("(?:[A-Za-z0-9][\\w.-]{0,95}/)?[A-Za-z0-9][\\w.-]{0,95}");

    /** What a repository holds. */
    enum Kind {
        MODEL("model", "", "models"), DATASET("data set", "datasets/", "datasets");

        private final String word;
        private final String path;
        private final String folder;

        Kind(String word, String path, String folder) {
            this.word = word;
            this.path = path;
            this.folder = folder;
        }

        /** For people. */
        String word() {
            return word;
        }

        /** What stands before a name in addresses. */
        String path() {
            return path;
        }
    }

    RepoId {
        if (!isName(name)) {
            throw new IllegalArgumentException("'" + name + "' is no name of a " + kind.word);
        }
    }

    /** A model. */
    RepoId(String name) {
        this(name, Kind.MODEL);
    }

    /** Whether {@code text} could be a repository's name. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches() && !text.contains("..") && !text.contains("--");
    }

    /** Name of its folder in the cache. */
    String folder() {
        return kind.folder + "--" + name.replace("/", "--");
    }
}
