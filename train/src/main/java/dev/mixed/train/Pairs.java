// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.tokenizer.PairEncoding;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;

/** What pairs of texts need of a model. */
public final class Pairs {
    private Pairs() {
    }

    /** A {@link UserException} where a model has no second token type, or {@code --length} has no room for two texts. */
    public static void require(int length, BertConfig config) {
        if (config.typeVocabSize() < 2) {
            throw new UserException("The model has a type_vocab_size of " + config.typeVocabSize()
                    + ", while the second text of a pair has tokens of type 1; use a model with two types.");
        }
        if (length < PairEncoding.MIN_LENGTH) {
            throw new UsageException("--length " + length + " has no room for a pair of texts; give " + PairEncoding.MIN_LENGTH + " or more.");
        }
    }
}
