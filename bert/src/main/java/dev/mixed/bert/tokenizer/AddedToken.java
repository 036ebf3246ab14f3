// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import org.jspecify.annotations.Nullable;

/**
 * A token that is looked for in the text as it stands, before words are split: Hugging Face's {@code AddedToken}.
 *
 * @param normalized whether it is looked for in the normalized text; null where the file says nothing, which means "unless special"
 * @param special whether it is one of the model's special tokens
 */
record AddedToken(String content, boolean singleWord, boolean lstrip, boolean rstrip, @Nullable Boolean normalized, boolean special) {
    /** The special token that a name alone stands for. */
    static AddedToken special(String content) {
        return new AddedToken(content, false, false, false, null, true);
    }

    /** @param where opens the sentence that tells of a value that is none */
    static AddedToken parse(String where, JsonNode node) {
        JsonNode content = node.path("content");
        if (!node.isObject() || !content.isTextual()) {
            throw new UserException(where + " is no token with a content; use the file that came with the model.");
        }
        String in = where + ", the token '" + Brief.of(content.asText()) + "'";
        Boolean normalized = flag(in, node, "normalized");
        return new AddedToken(content.asText(), is(in, node, "single_word"), is(in, node, "lstrip"), is(in, node, "rstrip"), normalized,
                is(in, node, "special"));
    }

    private static boolean is(String where, JsonNode node, String name) {
        return Boolean.TRUE.equals(flag(where, node, name));
    }

    private static @Nullable Boolean flag(String where, JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw new UserException("%s: \"%s\" is %s; write true or false.".formatted(where, name, Brief.of(value.toString())));
        }
        return value.isMissingNode() ? null : (Boolean) value.asBoolean();
    }

    /** The same as a special token. */
    AddedToken asSpecial() {
        return special ? this : new AddedToken(content, singleWord, lstrip, rstrip, normalized, true);
    }

    /** The same with what the file leaves open decided. */
    AddedToken decided() {
        return normalized != null ? this : new AddedToken(content, singleWord, lstrip, rstrip, !special, special);
    }

    /** Adds this token's fields, as {@code tokenizer.json} and {@code tokenizer_config.json} both have them. */
    ObjectNode writeTo(ObjectNode node) {
        return node.put("content", content).put("single_word", singleWord).put("lstrip", lstrip).put("rstrip", rstrip)
                .put("normalized", decided().normalized).put("special", special);
    }
}
