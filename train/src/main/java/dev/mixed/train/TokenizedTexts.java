// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The texts of a run as its model reads them, some of them before they are asked for. */
final class TokenizedTexts {
    private final Tokenization tokenization;
    private final BertTokenizer tokenizer;
    private final IdentityHashMap<List<LabeledText>, CompletableFuture<TokenizedDataset>> begun = new IdentityHashMap<>();

    TokenizedTexts(Tokenization tokenization, BertTokenizer tokenizer) {
        this.tokenization = tokenization;
        this.tokenizer = tokenizer;
    }

    /** Begins with some on other threads. {@code rows} of the word embeddings, here as below. */
    void begin(List<List<LabeledText>> parts, int rows) {
        parts.forEach(texts -> begun.put(texts, CompletableFuture.supplyAsync(() -> tokenized(texts, rows))));
    }

    /** Does some now, so that what can't be read is told at once. */
    void finish(List<List<LabeledText>> parts, int rows) {
        parts.forEach(texts -> begun.put(texts, CompletableFuture.completedFuture(tokenized(texts, rows))));
    }

    /** Some of them: those that were begun, or else now. */
    TokenizedDataset of(List<LabeledText> texts, int rows) {
        CompletableFuture<TokenizedDataset> ahead = begun.get(texts);
        if (ahead == null) {
            return tokenized(texts, rows);
        }
        try {
            return ahead.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    private TokenizedDataset tokenized(List<LabeledText> texts, int rows) {
        return tokenization.of(texts, tokenizer.forRows(rows));
    }
}
