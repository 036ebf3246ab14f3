// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

/** What a model's tensors are to miXed: which classifier, if any, is computed from them. */
public enum Head {
    /** miXed's own: a classifier on the last hidden state of [CLS], with one logit for two classes, else one a class. */
    CLS("loads with miXed's own head on [CLS]"),
    /** That of {@code BertForSequenceClassification}: a classifier on {@code tanh(dense([CLS]))}, with a logit a class. */
    POOLER("loads with the pooler's head"),
    /** That of {@code BertForTokenClassification}: a classifier on each token, with a logit a label. */
    TOKENS("loads with the tokens' head"),
    /** That of {@code BertForMaskedLM}: a decoder to the vocabulary on each token. */
    WORDS("loads to guess words; `train --model` takes its encoder"),
    /** No parameters beside the encoder's, whose vectors are pooled. */
    VECTORS("loads to give vectors"),
    /** None: an encoder, perhaps with a head that miXed does not compute, which training replaces. */
    NONE("refused; `train --model` and `embed` take its encoder");

    private final String words;

    Head(String words) {
        this.words = words;
    }

    /** What can be done with the model, in words. */
    public String words() {
        return words;
    }
}
