// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the files beside a vocabulary say, put together as {@code PreTrainedTokenizerBase.from_pretrained} and {@code BertTokenizer} of transformers 5.18 do.
 *
 * @param lowerCase      texts are lower-cased
 * @param stripAccents   accents are taken off; null: where texts are lower-cased
 * @param chinese        Chinese characters are words of their own
 * @param special        the special tokens by the names of their settings, such as {@code cls_token}
 * @param claimed        tokens to add by the ids that the files claim for them, in whose order they are added
 * @param added          all tokens to add, in this order
 * @param truncateLeft   long texts lose their beginning
 * @param maxLength      longest input in tokens; empty where no file tells
 * @param notices        sentences for the user
 */
record TokenizerSettings(boolean lowerCase, @Nullable Boolean stripAccents, boolean chinese, Map<String, AddedToken> special,
        Map<Integer, AddedToken> claimed, List<AddedToken> added, boolean truncateLeft, OptionalInt maxLength, List<String> notices) {

    /** Of a vocabulary with BERT's special tokens and nothing beside it. */
    static TokenizerSettings bare(Vocabulary vocabulary, boolean lowerCase) {
        Map<String, AddedToken> special = SpecialTokens.defaults();
        if (vocabulary.id(Vocabulary.MASK) < 0) {
            special.remove(SpecialTokens.MASK);
        }
        return new TokenizerSettings(lowerCase, null, true, special, Map.of(), List.copyOf(special.values()), false, OptionalInt.empty(), List.of());
    }

    /** As the files say; a {@link UserException} names the file and the value that are none, or not supported. */
    static TokenizerSettings read(TokenizerSource source, TokenizerClass made) {
        ObjectNode config = source.config();
        String file = source.nameOf(TokenizerSource.CONFIG);
        List<String> notices = new ArrayList<>(TokenizerSetting.check(file, config));
        TreeMap<Integer, AddedToken> claimed = new TreeMap<>();
        SpecialTokens tokens = SpecialTokens.read(source, config, made, claimed);
        boolean lowerCase = flag(file, config, "do_lower_case", true);
        Boolean stripAccents = config.path("strip_accents").isNull() || !config.has("strip_accents") ? null
                : (Boolean) flag(file, config, "strip_accents", true);
        boolean chinese = flag(file, config, "tokenize_chinese_chars", true);
        List<AddedToken> known = made == TokenizerClass.WHOLE_FILE ? source.tokenizerJson().map(json -> AddedTokenFiles.of(source, json)).orElse(List.of())
                : List.of();
        return new TokenizerSettings(lowerCase, stripAccents, chinese, tokens.named(), claimed,
                added(source, known, claimed, tokens), truncateLeft(source, config), maxLength(file, config), notices);
    }

    /** {@code TokenizersBackend.__init__}: tokens with a claimed id in the order of these, then special ones that are new. */
    private static List<AddedToken> added(TokenizerSource source, List<AddedToken> known, Map<Integer, AddedToken> claimed, SpecialTokens tokens) {
        Set<String> special = tokens.all().stream().map(AddedToken::content).collect(Collectors.toSet());
        Set<String> listed = Stream.concat(known.stream(), claimed.values().stream()).map(AddedToken::content).collect(Collectors.toSet());
        List<AddedToken> added = new ArrayList<>(known);
        claimed.values().stream().filter(token -> known.stream().noneMatch(k -> k.decided().equals(token.decided())))
                .forEach(token -> added.add(special.contains(token.content()) ? token.asSpecial() : token));
        tokens.all().stream().filter(token -> !listed.contains(token.content())).forEach(token -> added.add(token.asSpecial()));
        tokens.extra().stream().filter(token -> !listed.contains(token.content()))
                .forEach(token -> added.add(special.contains(token.content()) ? token.asSpecial() : token));
        Map<String, AddedToken> once = new LinkedHashMap<>();
        for (AddedToken token : added) {
            AddedToken first = once.putIfAbsent(token.content(), token.decided());
            if (first != null && !first.equals(token.decided())) {
                throw new UserException(
                        "%s: the token '%s' is added twice, with different flags (lstrip, rstrip, single_word, normalized, special); make them the same."
                                .formatted(source.name(), Brief.of(token.content())));
            }
        }
        return List.copyOf(once.values());
    }

    private static boolean flag(String file, JsonNode config, String key, boolean unless) {
        JsonNode value = config.path(key);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw new UserException("%s: \"%s\": %s is neither true nor false; write one of them.".formatted(file, key, Brief.of(value.toString())));
        }
        return value.asBoolean(unless);
    }

    private static boolean truncateLeft(TokenizerSource source, ObjectNode config) {
        String file = source.nameOf(TokenizerSource.CONFIG);
        JsonNode side = config.path("truncation_side");
        if (side.isMissingNode()) {
            return source.tokenizerJson().map(json -> json.path("truncation").path("direction").asText().equals("Left")).orElse(false);
        }
        if (!side.asText().equals("left") && !side.asText().equals("right")) {
            throw new UserException(
                    "%s: \"truncation_side\": %s is neither \"right\" nor \"left\"; write one of them.".formatted(file, Brief.of(side.toString())));
        }
        return side.asText().equals("left");
    }

    private static OptionalInt maxLength(String file, ObjectNode config) {
        String key = config.path("model_max_length").isMissingNode() ? "max_len" : "model_max_length";
        JsonNode value = config.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return OptionalInt.empty();
        }
        if (!value.isNumber() || value.doubleValue() < BertTokenizer.MIN_LENGTH) {
            throw new UserException("%s: \"%s\": %s is no length; write a whole number of tokens from %d.".formatted(file, key, Brief.of(value.toString()),
                    BertTokenizer.MIN_LENGTH));
        }
        return value.doubleValue() >= Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) value.doubleValue());
    }
}
