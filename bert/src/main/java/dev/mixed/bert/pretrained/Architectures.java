// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the classes named in {@code architectures} make of an encoder. */
enum Architectures {
    PLAIN(BertConfig.PLAIN),
    SEQUENCES(BertConfig.POOLED),
    TOKENS(BertConfig.TOKENS),
    OTHER_TOKENS("ForTokenClassification"),
    CHOICES("ForMultipleChoice"),
    ANSWERS("ForQuestionAnswering"),
    SENTENCES("ForNextSentencePrediction"),
    /** Masked words, next sentences, language modelling: their head, {@code cls.*}, classifies no text. */
    WORDS("BertForMaskedLM", "BertForPreTraining", "BertLMHeadModel", "BertModelWithLMHead"),
    /** None is named, or one that miXed does not know: the tensors have to tell. */
    UNKNOWN,
    /** Several are named, of different kinds. */
    SEVERAL;

    private final List<String> endings;

    Architectures(String... endings) {
        this.endings = List.of(endings);
    }

    /** The kind of a model that is of all these classes. */
    static Architectures of(List<String> names) {
        Set<Architectures> kinds = new TreeSet<>();
        for (String name : names) {
            kinds.add(kind(name));
        }
        return kinds.isEmpty() ? UNKNOWN : kinds.size() == 1 ? kinds.iterator().next() : SEVERAL;
    }

    private static Architectures kind(String name) {
        return Arrays.stream(values()).filter(k -> k.endings.stream().anyMatch(e -> e.startsWith("For") ? name.endsWith(e) : name.equals(e))).findFirst()
                .orElse(UNKNOWN);
    }
}
