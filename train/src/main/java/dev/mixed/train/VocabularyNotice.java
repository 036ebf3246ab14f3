// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.pretrained.ModelFolder;
import java.nio.file.Path;
import java.util.Optional;

/** Tells of a vocabulary that is too small to be the model's own: its ids exist in the model, so nothing else would fail. */
public final class VocabularyNotice {
    /** Models round their word embeddings up to a multiple of as much as this: the rows beyond the vocabulary are never used. */
    private static final int ROUNDING = 128;
    private static final double LEAST_SHARE = 0.9;

    private VocabularyNotice() {
    }

    /**
     * One sentence for the user if the vocabulary does not look like the model's.
     *
     * @param entries tokens of the vocabulary in the model's folder
     * @param made {@code vocab_size} of the model
     */
    public static Optional<String> of(Path folder, int entries, int made) {
        if (made - entries < ROUNDING && entries >= LEAST_SHARE * made) {
            return Optional.empty();
        }
        String file = ModelFolder.locate(folder, ModelFolder.TOKENIZER).isPresent() ? ModelFolder.TOKENIZER : ModelFolder.VOCAB;
        return Optional.of("'%s' has %d entries, the model was made for %d: unless the file is the model's own, what the model says of texts means nothing."
                .formatted(folder.resolve(file), entries, made));
    }
}
