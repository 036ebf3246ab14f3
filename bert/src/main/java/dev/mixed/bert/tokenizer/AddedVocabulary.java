// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tokens added to a vocabulary, with the ids that Hugging Face's tokenizers give them: a token of the vocabulary keeps its id, another one gets the
 * next above all, whatever id a file claims for it.
 */
final class AddedVocabulary {
    private final List<AddedToken> tokens = new ArrayList<>();
    private final Map<String, Integer> ids = new LinkedHashMap<>();

    /** @throws UserException if a new token gets the id of another one, as can happen where a vocabulary has equal lines */
    AddedVocabulary(String name, Vocabulary vocabulary, Collection<AddedToken> added) {
        Map<Integer, String> taken = new HashMap<>();
        int highest = -1;
        for (AddedToken token : added) {
            String content = token.content();
            if (content.isEmpty()) {
                continue;
            }
            tokens.add(token.decided());
            int known = vocabulary.id(content);
            if (!ids.containsKey(content)) {
                int id = known >= 0 ? known : highest >= vocabulary.distinct() ? highest + 1 : vocabulary.distinct();
                if (known < 0 && id < vocabulary.size() || !taken.computeIfAbsent(id, key -> content).equals(content)) {
                    throw new UserException(("%s: the added token '%s' would get the id %d, which another token has already, since ids of the vocabulary are"
                            + " used twice or left out; put the token into the vocabulary itself.").formatted(name, Brief.of(content), id));
                }
                ids.put(content, id);
                highest = Math.max(highest, id);
            }
        }
    }

    /** The id of a token that was added, or -1. */
    int id(String content) {
        return ids.getOrDefault(content, -1);
    }

    Map<String, Integer> ids() {
        return ids;
    }

    /** As {@code added_tokens} of a {@code tokenizer.json}, in the order in which they were added. */
    void writeTo(ArrayNode array) {
        tokens.forEach(token -> token.writeTo(array.addObject().put("id", ids.get(token.content()))));
    }

    /** As {@code added_tokens_decoder} of a {@code tokenizer_config.json}, in the order of the ids. */
    void writeTo(ObjectNode decoder) {
        Map<Integer, AddedToken> byId = new TreeMap<>();
        tokens.forEach(token -> byId.put(ids.getOrDefault(token.content(), -1), token));
        byId.forEach((id, token) -> token.writeTo(decoder.putObject(Integer.toString(id))));
    }
}
