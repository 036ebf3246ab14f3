// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.JsonReason;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** The {@code tokenizer.json} of Hugging Face tokenizers: reads its vocabulary, and writes the one that BERT's {@code vocab.txt} stands for. */
final class TokenizerJson {
    static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    /** BERT's limit: a longer word becomes [UNK]. */
    private static final int MAX_WORD_CHARACTERS = 100;

    private TokenizerJson() {}

    /** Parses a JSON object from a file; anything else is refused in one sentence. */
    static ObjectNode read(Path file) {
        try {
            if (MAPPER.readTree(Utf8File.read(file)) instanceof ObjectNode object) {
                return object;
            }
            throw new UserException(file + " holds no JSON object; use the file that came with the model.");
        } catch (JsonProcessingException e) {
            throw new UserException("%s, line %d: not valid JSON (%s); use the file that came with the model.".formatted(
                    file, e.getLocation() == null ? 1 : e.getLocation().getLineNr(), JsonReason.of(e)), e);
        }
    }

    /**
     * The tokens of a WordPiece {@code tokenizer.json} in the order of their ids.
     *
     * @throws UserException if the model is not WordPiece, or the ids are not 0, 1, 2, ... each once
     */
    static Vocabulary vocabulary(String name, ObjectNode json) {
        JsonNode model = json.path("model");
        if (!"WordPiece".equals(model.path("type").asText("WordPiece")) || !model.path("vocab").isObject()) {
            throw new UserException(name + " holds no WordPiece model; use the tokenizer.json or vocab.txt of a BERT model.");
        }
        List<Map.Entry<String, Integer>> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : model.path("vocab").properties()) {
            entries.add(Map.entry(entry.getKey(), entry.getValue().asInt(-1)));
        }
        for (JsonNode added : json.path("added_tokens")) {
            String content = added.path("content").asText();
            if (!model.path("vocab").has(content)) {
                entries.add(Map.entry(content, added.path("id").asInt(-1)));
            }
        }
        String[] tokens = new String[entries.size()];
        for (Map.Entry<String, Integer> entry : entries) {
            int id = entry.getValue();
            if (id < 0 || id >= tokens.length || tokens[id] != null) {
                throw new UserException("%s: the token '%s' has the id %d, which is taken or outside 0 to %d; use the file that came with the model."
                        .formatted(name, Brief.of(entry.getKey()), id, tokens.length - 1));
            }
            tokens[id] = entry.getKey();
        }
        return Vocabulary.of(name, Arrays.asList(tokens));
    }

    /** The file's own padding and truncation off, so that the caller alone decides on lengths. */
    static void withoutPaddingAndTruncation(ObjectNode json) {
        json.putNull("truncation");
        json.putNull("padding");
    }

    /**
     * What {@code transformers} makes of a {@code vocab.txt}: BertNormalizer, BertPreTokenizer, WordPiece, [CLS] text [SEP].
     *
     * @param lowerCase lower-case and strip accents, as bert-base-uncased does
     */
    static ObjectNode of(Vocabulary vocabulary, boolean lowerCase) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("version", "1.0");
        withoutPaddingAndTruncation(json);
        ArrayNode added = json.putArray("added_tokens");
        for (String token : List.of(Vocabulary.PAD, Vocabulary.UNK, Vocabulary.CLS, Vocabulary.SEP, Vocabulary.MASK)) {
            if (vocabulary.id(token) >= 0) {
                added.addObject().put("id", vocabulary.id(token)).put("content", token)
                        .put("single_word", false).put("lstrip", false).put("rstrip", false).put("normalized", false).put("special", true);
            }
        }
        json.putObject("normalizer").put("type", "BertNormalizer").put("clean_text", true).put("handle_chinese_chars", true)
                .putNull("strip_accents").put("lowercase", lowerCase);
        json.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        ObjectNode template = json.putObject("post_processor").put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        special(single, Vocabulary.CLS, 0);
        sequence(single, "A", 0);
        special(single, Vocabulary.SEP, 0);
        ArrayNode pair = template.putArray("pair");
        pair.addAll(single.deepCopy());
        sequence(pair, "B", 1);
        special(pair, Vocabulary.SEP, 1);
        ObjectNode specials = template.putObject("special_tokens");
        for (String token : List.of(Vocabulary.CLS, Vocabulary.SEP)) {
            ObjectNode entry = specials.putObject(token).put("id", token);
            entry.putArray("ids").add(vocabulary.id(token));
            entry.putArray("tokens").add(token);
        }
        json.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        ObjectNode model = json.putObject("model").put("type", "WordPiece").put("unk_token", Vocabulary.UNK)
                .put("continuing_subword_prefix", "##").put("max_input_chars_per_word", MAX_WORD_CHARACTERS);
        ObjectNode vocab = model.putObject("vocab");
        Iterator<String> tokens = vocabulary.tokens().iterator();
        for (int id = 0; tokens.hasNext(); id++) {
            vocab.put(tokens.next(), id);
        }
        return json;
    }

    /**
     * The {@code tokenizer_config.json} beside a {@code tokenizer.json}. The class is {@code BertTokenizer} where that library would make the very
     * same tokenizer from the vocabulary, else the one that takes {@code tokenizer.json} as it is.
     */
    static ObjectNode config(ObjectNode json, Vocabulary vocabulary, int maxLength) {
        ObjectNode config = MAPPER.createObjectNode();
        boolean lowerCase = json.path("normalizer").path("lowercase").asBoolean();
        if (json.equals(of(vocabulary, lowerCase))) {
            config.put("tokenizer_class", "BertTokenizer").put("do_lower_case", lowerCase).putNull("strip_accents").put("tokenize_chinese_chars", true);
        } else {
            config.put("tokenizer_class", "PreTrainedTokenizerFast");
        }
        config.put("model_max_length", maxLength);
        config.put("unk_token", Vocabulary.UNK).put("cls_token", Vocabulary.CLS).put("sep_token", Vocabulary.SEP).put("pad_token", Vocabulary.PAD);
        // A mask that the vocabulary lacks would become a new token, beyond the word embeddings.
        config.put("mask_token", vocabulary.id(Vocabulary.MASK) >= 0 ? Vocabulary.MASK : null);
        config.putArray("model_input_names").add("input_ids").add("token_type_ids").add("attention_mask");
        return config;
    }

    private static void special(ArrayNode template, String token, int type) {
        template.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
    }

    private static void sequence(ArrayNode template, String id, int type) {
        template.addObject().putObject("Sequence").put("id", id).put("type_id", type);
    }
}
