// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tokens added to a vocabulary, with the ids that Hugging Face's tokenizers give them: a token of the vocabulary keeps its id, another one gets the
 * next above all, whatever id a file claims for it.
 */
final class AddedVocabulary {
    private final List<AddedToken> tokens = new ArrayList<>();
    private final Map<String, Integer> ids = new LinkedHashMap<>();
    private int beyond;

    /**
     * Gives the tokens their ids.
     *
     * @param lowerCase whether texts are lower-cased before tokens are looked for that want a normalized text
     * @throws UserException if ids of the vocabulary are used twice or left out and a token is new, or if two tokens are the same in a normalized text:
     *         which of them a text has would then depend on the release of the tokenizers
     */
    AddedVocabulary(String name, Vocabulary vocabulary, Collection<AddedToken> added, boolean lowerCase) {
        Map<String, String> normalized = new HashMap<>();
        for (AddedToken given : added) {
            AddedToken token = given.decided();
            String content = token.content();
            if (content.isEmpty()) {
                continue;
            }
            int known = vocabulary.id(content);
            if (known < 0 && vocabulary.distinct() < vocabulary.size()) {
                throw new UserException(
                        ("%s has ids that no token has, from lines that stand there twice or numbers left out, so that the added token '%s' would get"
                                + " the id of another one; put it into the vocabulary itself.").formatted(name, Brief.of(content)));
            }
            if (Boolean.TRUE.equals(token.normalized())) {
                String other = normalized.putIfAbsent(lowerCase ? folded(content) : content, content);
                if (other != null && !other.equals(content)) {
                    throw new UserException(
                            "%s: the added tokens '%s' and '%s' are the same in a text that is lower-cased; leave out one of them.".formatted(name,
                                    Brief.of(other), Brief.of(content)));
                }
            }
            if (ids.putIfAbsent(content, known >= 0 ? known : vocabulary.size() + beyond) == null && known < 0) {
                beyond++;
            }
            tokens.add(token);
        }
    }

    private static String folded(String content) {
        return Normalizer.normalize(content, Normalizer.Form.NFD).replaceAll("\\p{Mn}", "").toLowerCase(Locale.ROOT);
    }

    /** The id of a token that was added, or -1. */
    int id(String content) {
        return ids.getOrDefault(content, -1);
    }

    Map<String, Integer> ids() {
        return ids;
    }

    /** As {@code added_tokens} of a {@code tokenizer.json}, in the order of the ids, as tokenizers writes them: whatever listed them, the file is the same. */
    void writeTo(ArrayNode array) {
        byId().forEach((id, token) -> token.writeTo(array.addObject().put("id", id)));
    }

    /** As {@code added_tokens_decoder} of a {@code tokenizer_config.json}, in the order of the ids. */
    void writeTo(ObjectNode decoder) {
        byId().forEach((id, token) -> token.writeTo(decoder.putObject(Integer.toString(id))));
    }

    private Map<Integer, AddedToken> byId() {
        Map<Integer, AddedToken> byId = new TreeMap<>();
        tokens.forEach(token -> byId.put(ids.getOrDefault(token.content(), -1), token));
        return byId;
    }
}
