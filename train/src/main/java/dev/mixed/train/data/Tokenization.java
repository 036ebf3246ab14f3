// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.bert.tokenizer.BertTokenizer;
import java.util.List;

/**
 * How texts become sequences of tokens.
 *
 * @param maxLength longest sequence in tokens, special ones included; what is longer is cut
 * @param apart     whether each text of a pair is a sequence of its own
 */
public record Tokenization(int maxLength, boolean apart) {
    /** One sequence for each text or pair of texts. */
    public Tokenization(int maxLength) {
        this(maxLength, false);
    }

    /** Tokenizes texts that are to be learned, or scored, or only looked at. */
    public TokenizedDataset of(List<LabeledText> texts, BertTokenizer tokenizer) {
        return apart ? TokenizedDataset.apart(texts, tokenizer, maxLength) : TokenizedDataset.of(texts, tokenizer, maxLength);
    }
}
