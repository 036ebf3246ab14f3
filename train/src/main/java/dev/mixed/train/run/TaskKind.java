// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

/** What a model is to learn: the values of {@code --task}. */
public enum TaskKind {
    /** As the data say. */
    AUTO("what the data are for"),
    /** One class for each text or pair of texts. */
    CLASSIFICATION("a class for each text"),
    /** A number for each text or pair of texts. */
    REGRESSION("a score for each text"),
    /** Any number of labels for each text or pair of texts. */
    MULTILABEL("any number of labels for each text"),
    /** A tag for each word of a text. */
    TOKENS("a tag for each word"),
    /** Words that were taken out of texts. */
    MLM("words that were taken out of texts"),
    /** A vector for each text, so that those of texts that are alike are near each other. */
    EMBEDDINGS("a vector for each text");

    private final String words;

    TaskKind(String words) {
        this.words = words;
    }

    /** What is learned, in words. */
    public String words() {
        return words;
    }
}
