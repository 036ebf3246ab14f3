// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The settings of a tokenizer's folder that change token ids, or look as if they did: a row for each, with what is made of it. The readers of these files
 * and the page on compatibility follow this table.
 */
public enum TokenizerSetting {
    CLASS("tokenizer_class", Use.APPLIED,
            "picks the way in which the tokenizer is made, see above; where `tokenizer_config.json` has none, `config.json` tells"),
    DO_LOWER_CASE("do_lower_case", Use.APPLIED, "without it, texts are lower-cased"),
    STRIP_ACCENTS("strip_accents", Use.APPLIED, "null or absent: accents go where texts are lower-cased"),
    CHINESE("tokenize_chinese_chars", Use.APPLIED, "without it, Chinese characters are words of their own"),
    SPECIAL_TOKENS("unk_token, cls_token, sep_token, pad_token, mask_token", Use.APPLIED,
            "any names, as text or with the flags of an added token; those of `special_tokens_map.json` win, but are not read beside `added_tokens_decoder`"),
    OTHER_SPECIAL_TOKENS("bos_token, eos_token, additional_special_tokens, extra_special_tokens, other names that end in _token", Use.APPLIED,
            "found in texts as they stand"),
    ADDED_TOKENS("added_tokens_decoder", Use.APPLIED,
            "with `lstrip`, `rstrip`, `single_word`, `normalized` and `special`; in its place, `added_tokens.json` and the `added_tokens` of `tokenizer.json`;"
                    + " a token of the vocabulary keeps its id, others follow after the last, whatever id is claimed"),
    MAX_LENGTH("model_max_length", Use.APPLIED, "the longest input where neither `--length` nor a run says another; `max_len` is its older name"),
    TRUNCATION_SIDE("truncation_side", Use.APPLIED, "left keeps the end of a long text; else the `direction` of `truncation` in `tokenizer.json`"),
    NEVER_SPLIT("never_split", Use.NOTED, "has no effect in transformers 5 either, which is said", "null", "[]"),
    DO_BASIC_TOKENIZE("do_basic_tokenize", Use.NOTED, "has no effect in transformers 5 either, which is said", "true", "null"),
    PADDING_SIDE("padding_side", Use.NOTED, "texts are always padded on the right, where padding changes nothing, which is said", "\"right\""),
    SPLIT_SPECIAL_TOKENS("split_special_tokens", Use.REFUSED, "special tokens of a text would be split", "false", "null"),
    AUTO_MAP("auto_map", Use.REFUSED, "the tokenizer would be code that comes with the model"),
    VERSIONED_FILES("fast_tokenizer_files", Use.REFUSED, "another file than `tokenizer.json` would be read", "[\"tokenizer.json\"]", "[]"),
    INIT_INPUTS("init_inputs", Use.REFUSED, "arguments without names", "[]"),
    VOCAB("vocab", Use.REFUSED, "a vocabulary in the place of `vocab.txt`", "null"),
    TOKENIZER_OBJECT("tokenizer_object", Use.REFUSED, "a tokenizer in the place of `tokenizer.json`", "null"),
    POST_PROCESSOR("post_processor", Use.REFUSED, "other special tokens around the text", "null"),
    MODEL_SPECIFIC("model_specific_special_tokens", Use.REFUSED, "special tokens of other names", "null", "{}");

    /** What is made of a setting. */
    public enum Use {
        /** As transformers does. */
        APPLIED,
        /** It changes nothing, which a sentence tells where the value asks for something. */
        NOTED,
        /** A value that asks for something is refused by name. */
        REFUSED
    }

    private final String key;
    private final Use use;
    private final String what;
    private final List<String> harmless;

    TokenizerSetting(String key, Use use, String what, String... harmless) {
        this.key = key;
        this.use = use;
        this.what = what;
        this.harmless = List.of(harmless);
    }

    /** The key in {@code tokenizer_config.json}, or several. */
    public String key() {
        return key;
    }

    public Use use() {
        return use;
    }

    /** The rule in words, as the page on compatibility says it. */
    public String what() {
        return what;
    }

    /** Refuses a value that asks for something that miXed does not do; a sentence where it changes nothing. */
    static List<String> check(String file, JsonNode config) {
        return Arrays.stream(values()).filter(setting -> setting.use != Use.APPLIED && config.has(setting.key))
                .map(setting -> setting.checkValue(file, config.path(setting.key))).flatMap(Optional::stream).toList();
    }

    private Optional<String> checkValue(String file, JsonNode value) {
        if (this == AUTO_MAP && value.isObject() && !value.has("AutoTokenizer") || harmless.stream().anyMatch(json -> tree(json).equals(value))) {
            return Optional.empty();
        }
        String shown = "%s: \"%s\": %s".formatted(file, key, Brief.of(value.toString()));
        if (this == PADDING_SIDE && !"left".equals(value.asText())) {
            throw new UserException(shown + " is neither \"right\" nor \"left\"; write one of them.");
        }
        if (use == Use.REFUSED) {
            throw new UserException(shown + " is not supported (" + what.replace("`", "") + "); use a model whose tokenizer does without.");
        }
        return Optional.of(shown + (this == PADDING_SIDE ? " changes nothing: texts are padded on the right, which gives what a text alone gives."
                : " changes nothing, as in transformers 5."));
    }

    private static JsonNode tree(String json) {
        try {
            return TokenizerJson.MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(json, e);
        }
    }
}
