// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The special tokens that {@code tokenizer_config.json} and {@code special_tokens_map.json} name.
 *
 * @param named  by the names of their settings, in transformers' order; absent: none
 * @param others special tokens under names of the model's own
 * @param extra  special tokens without a name of their own
 */
record SpecialTokens(Map<String, AddedToken> named, List<AddedToken> others, List<AddedToken> extra) {
    static final String UNK = "unk_token";
    static final String CLS = "cls_token";
    static final String SEP = "sep_token";
    static final String PAD = "pad_token";
    static final String MASK = "mask_token";

    private static final List<String> NAMES = List.of("bos_token", "eos_token", UNK, SEP, PAD, CLS, MASK);
    private static final String EXTRA = "extra_special_tokens";
    private static final String ADDITIONAL = "additional_special_tokens";
    private static final Map<String, String> BERT = Map.of(UNK, Vocabulary.UNK, SEP, Vocabulary.SEP, PAD, Vocabulary.PAD, CLS, Vocabulary.CLS, MASK,
            Vocabulary.MASK);

    /** BERT's own. */
    static Map<String, AddedToken> defaults() {
        Map<String, AddedToken> special = new LinkedHashMap<>();
        NAMES.stream().filter(BERT::containsKey).forEach(name -> special.put(name, AddedToken.special(Objects.requireNonNull(BERT.get(name)))));
        return special;
    }

    /** Whether it is one that BERT has where no file names another. */
    static boolean isDefault(String token) {
        return BERT.containsValue(token);
    }

    /** All that have a name. */
    List<AddedToken> all() {
        return Stream.concat(named.values().stream(), others.stream()).toList();
    }

    /**
     * Reads both files.
     *
     * @param claimed receives the added tokens by the ids that files claim for them
     */
    static SpecialTokens read(TokenizerSource source, ObjectNode config, TokenizerClass made, TreeMap<Integer, AddedToken> claimed) {
        String file = source.nameOf(TokenizerSource.CONFIG);
        Map<String, JsonNode> given = new LinkedHashMap<>();
        config.properties().forEach(entry -> given.put(entry.getKey(), entry.getValue()));
        if (isNone(given.get(EXTRA)) && given.containsKey(ADDITIONAL)) {
            given.put(EXTRA, Objects.requireNonNull(given.remove(ADDITIONAL)));
        }
        Map<String, AddedToken> others = new LinkedHashMap<>();
        config.properties().forEach(entry -> {
            if (!NAMES.contains(entry.getKey()) && entry.getKey().endsWith("_token") && entry.getValue().isTextual()) {
                given.remove(entry.getKey());
                others.put(entry.getKey(), token(file, entry.getKey(), entry.getValue()));
            }
        });
        takeExtraNames(file, given, others);
        Map<String, String> files = new HashMap<>();
        AddedTokenFiles added = new AddedTokenFiles(source, claimed);
        if (config.has(AddedTokenFiles.DECODER)) {
            added.decoder(config.path(AddedTokenFiles.DECODER));
        } else {
            Set<String> quoted = merge(source, given, files, others);
            added.legacy(quoted);
        }
        Map<String, AddedToken> named = made == TokenizerClass.BERT ? defaults() : new LinkedHashMap<>();
        Map<String, AddedToken> ownNames = new LinkedHashMap<>();
        given.forEach((key, value) -> {
            if (NAMES.contains(key)) {
                AddedToken token = value.isNull() ? null : token(files.getOrDefault(key, file), key, value);
                if (token == null) {
                    named.remove(key);
                } else {
                    named.put(key, claimed.values().stream().filter(t -> t.content().equals(token.content())).reduce((first, second) -> second).orElse(token));
                }
            } else if (key.endsWith("_token") && isToken(value)) {
                ownNames.put(key, token(files.getOrDefault(key, file), key, value));
            }
        });
        ownNames.putAll(others);
        List<AddedToken> extra = new ArrayList<>();
        JsonNode list = given.containsKey(EXTRA) ? given.get(EXTRA) : given.get(ADDITIONAL);
        String key = given.containsKey(EXTRA) ? EXTRA : ADDITIONAL;
        if (list != null && !list.isNull()) {
            String where = files.getOrDefault(key, file);
            if (!list.isArray()) {
                throw new UserException("%s: \"%s\": %s is no list of tokens; use the file that came with the model.".formatted(where, key,
                        Brief.of(list.toString())));
            }
            list.forEach(item -> extra.add(token(where, key, item)));
        }
        return new SpecialTokens(inOrder(named), List.copyOf(ownNames.values()), extra);
    }

    private static Map<String, AddedToken> inOrder(Map<String, AddedToken> named) {
        Map<String, AddedToken> ordered = new LinkedHashMap<>();
        for (String name : NAMES) {
            AddedToken token = named.get(name);
            if (token != null) {
                ordered.put(name, token);
            }
        }
        return ordered;
    }

    /** Puts the values of {@code special_tokens_map.json} in the place of the others; gives the special tokens named so far by text. */
    private static Set<String> merge(TokenizerSource source, Map<String, JsonNode> given, Map<String, String> files, Map<String, AddedToken> others) {
        String file = source.nameOf(TokenizerSource.SPECIAL_TOKENS);
        Set<JsonNode> parsed = Collections.newSetFromMap(new IdentityHashMap<>());
        source.specialTokens().ifPresent(map -> map.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            files.put(entry.getKey(), file);
            if (value.isArray() && entry.getKey().equals(EXTRA)) {
                ArrayNode all = TokenizerJson.MAPPER.createArrayNode();
                if (given.get(EXTRA) instanceof ArrayNode before) {
                    all.addAll(before);
                }
                value.forEach(item -> all.add(typed(item, parsed)));
                given.put(EXTRA, all);
            } else {
                given.put(entry.getKey(), entry.getKey().equals(EXTRA) ? value : typed(value, parsed));
            }
        }));
        takeExtraNames(file, given, others);
        Set<String> names = new HashSet<>();
        for (String name : NAMES) {
            addName(names, given.get(name), parsed);
        }
        if (given.get(EXTRA) instanceof ArrayNode extra) {
            extra.forEach(item -> addName(names, item, parsed));
        }
        return names;
    }

    /** An object of that file is a special token, whatever it says. */
    private static JsonNode typed(JsonNode value, Set<JsonNode> parsed) {
        if (!(value instanceof ObjectNode token)) {
            return value;
        }
        ObjectNode special = token.deepCopy().put("special", true).put("__type", "AddedToken");
        parsed.add(special);
        return special;
    }

    private static void addName(Set<String> names, @Nullable JsonNode value, Set<JsonNode> parsed) {
        if (value != null && (value.isTextual() || parsed.contains(value))) {
            names.add(value.isTextual() ? value.asText() : value.path("content").asText());
        }
    }

    /** Names that stand as an object of "extra" tokens are names of the model's own. */
    private static void takeExtraNames(String file, Map<String, JsonNode> given, Map<String, AddedToken> others) {
        if (given.get(EXTRA) instanceof ObjectNode names) {
            given.remove(EXTRA);
            names.properties().forEach(entry -> {
                if (NAMES.contains(entry.getKey())) {
                    throw new UserException("%s: \"%s\" names %s, which has a setting of its own; name it there.".formatted(file, EXTRA, entry.getKey()));
                }
                others.put(entry.getKey(), token(file, EXTRA, entry.getValue()));
            });
        }
    }

    private static boolean isNone(@Nullable JsonNode value) {
        return value == null || value.isNull() || value.isContainerNode() && value.isEmpty();
    }

    private static boolean isToken(JsonNode value) {
        return value.isTextual() || value.path("__type").asText().equals("AddedToken");
    }

    private static AddedToken token(String file, String key, JsonNode value) {
        if (!isToken(value)) {
            throw new UserException("%s: \"%s\": %s is no token; write its text.".formatted(file, key, Brief.of(value.toString())));
        }
        return value.isTextual() ? AddedToken.special(value.asText()) : AddedToken.parse(file + ", " + key, value);
    }
}
