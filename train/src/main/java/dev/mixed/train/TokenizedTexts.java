// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Background;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import java.util.IdentityHashMap;
import java.util.List;

/** The texts of a run as its model reads them, some of them before they are asked for. */
final class TokenizedTexts {
    private final Tokenization tokenization;
    private final BertTokenizer tokenizer;
    private final IdentityHashMap<List<LabeledText>, Background<TokenizedDataset>> begun = new IdentityHashMap<>();

    TokenizedTexts(Tokenization tokenization, BertTokenizer tokenizer) {
        this.tokenization = tokenization;
        this.tokenizer = tokenizer;
    }

    /** Begins with some on other threads. {@code rows} of the word embeddings, here as below. */
    void begin(List<List<LabeledText>> parts, int rows) {
        parts.forEach(texts -> begun.put(texts, Background.begin("mixed-tokens", () -> tokenized(texts, rows))));
    }

    /** Does some now, so that what can't be read is told at once. */
    void finish(List<List<LabeledText>> parts, int rows) {
        begin(parts, rows);
        parts.forEach(texts -> of(texts, rows));
    }

    /** Some of them: those that were begun, or else now. */
    TokenizedDataset of(List<LabeledText> texts, int rows) {
        Background<TokenizedDataset> ahead = begun.get(texts);
        return ahead == null ? tokenized(texts, rows) : ahead.join();
    }

    private TokenizedDataset tokenized(List<LabeledText> texts, int rows) {
        return tokenization.of(texts, tokenizer.forRows(rows));
    }
}
