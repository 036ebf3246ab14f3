// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the places that list added tokens with their ids: {@code added_tokens_decoder}, {@code added_tokens.json}, {@code tokenizer.json}. */
final class AddedTokenFiles {
    static final String DECODER = "added_tokens_decoder";

    private final TokenizerSource source;
    private final Map<Integer, AddedToken> tokens;

    /** @param tokens receives the tokens by id */
    AddedTokenFiles(TokenizerSource source, Map<Integer, AddedToken> tokens) {
        this.source = source;
        this.tokens = tokens;
    }

    /** The list in {@code tokenizer_config.json}, beside which no other counts. */
    void decoder(JsonNode decoder) {
        String file = source.nameOf(TokenizerSource.CONFIG);
        if (!decoder.isObject()) {
            throw new UserException("%s: \"%s\" is no object with a token for each id; use the file that came with the model.".formatted(file, DECODER));
        }
        decoder.properties().forEach(entry -> {
            String id = entry.getKey();
            if (!id.matches("\\d{1,9}")) {
                throw new UserException(
                        "%s: \"%s\" has '%s' in the place of an id; use the file that came with the model.".formatted(file, DECODER, Brief.of(id)));
            }
            tokens.put(Integer.parseInt(id), AddedToken.parse(file + ", " + DECODER + " " + id, entry.getValue()));
        });
    }

    /** {@code added_tokens.json}, then {@code tokenizer.json}. */
    void legacy(Set<String> special) {
        String file = source.nameOf(TokenizerSource.ADDED_TOKENS);
        source.addedTokens().ifPresent(added -> added.properties().forEach(entry -> {
            boolean isSpecial = special.contains(entry.getKey());
            tokens.put(id(file, entry.getKey(), entry.getValue()), new AddedToken(entry.getKey(), false, false, false, !isSpecial, isSpecial));
        }));
        source.tokenizerJson().ifPresent(json -> json.path("added_tokens").forEach(node -> {
            String where = source.nameOf("tokenizer.json") + ", added_tokens";
            AddedToken token = AddedToken.parse(where, node);
            tokens.put(id(where, token.content(), node.path("id")), token);
        }));
    }

    private static int id(String where, String token, JsonNode id) {
        if (!id.isInt() || id.intValue() < 0) {
            throw new UserException(
                    "%s: the token '%s' has the id %s; write a whole number from 0.".formatted(where, Brief.of(token), Brief.of(id.toString())));
        }
        return id.intValue();
    }

    /** The added tokens of {@code tokenizer.json}, in its order. */
    static List<AddedToken> of(TokenizerSource source, ObjectNode json) {
        List<AddedToken> tokens = new ArrayList<>();
        json.path("added_tokens").forEach(node -> tokens.add(AddedToken.parse(source.nameOf("tokenizer.json") + ", added_tokens", node)));
        return tokens;
    }
}
