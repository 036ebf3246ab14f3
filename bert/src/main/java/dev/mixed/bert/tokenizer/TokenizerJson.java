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
import dev.mixed.io.JsonReason;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
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
     * The vocabulary of a WordPiece {@code tokenizer.json}, without added tokens.
     *
     * @throws UserException if the model is not WordPiece, or an id is given twice
     */
    static Vocabulary vocabulary(String name, ObjectNode json) {
        JsonNode model = json.path("model");
        if (!"WordPiece".equals(model.path("type").asText("WordPiece")) || !model.path("vocab").isObject()) {
            throw new UserException(name + " holds no WordPiece model; use the tokenizer.json or vocab.txt of a BERT model.");
        }
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : model.path("vocab").properties()) {
            ids.put(entry.getKey(), entry.getValue().isInt() ? entry.getValue().intValue() : -1);
        }
        return Vocabulary.ofIds(name, ids);
    }

    /** What of a {@code tokenizer.json} differs from the tokenizer that BERT's class makes, which ignores all but the vocabulary and the added tokens. */
    static List<String> ignored(ObjectNode json, ObjectNode made) {
        List<String> parts = new ArrayList<>();
        for (String part : List.of("normalizer", "pre_tokenizer", "post_processor")) {
            if (!json.path(part).equals(made.path(part)) && !json.path(part).isMissingNode() && !isDefault(part, json.path(part), made)) {
                parts.add(json.path(part).isNull() ? part + " null" : part);
            }
        }
        for (String key : List.of("unk_token", "continuing_subword_prefix", "max_input_chars_per_word")) {
            JsonNode value = json.path("model").path(key);
            if (!value.isMissingNode() && !value.equals(made.path("model").path(key))) {
                parts.add(key);
            }
        }
        return parts;
    }

    /** Whether a part says in other words what BERT's class does. */
    private static boolean isDefault(String part, JsonNode value, ObjectNode made) {
        if (part.equals("post_processor")) {
            return PostProcessor.single(value).equals(PostProcessor.single(made.path(part)));
        }
        if (!part.equals("normalizer") || !value.path("type").asText().equals("BertNormalizer")) {
            return false;
        }
        JsonNode own = made.path(part);
        JsonNode accents = own.path("strip_accents").isNull() ? own.path("lowercase") : own.path("strip_accents");
        JsonNode theirs = value.path("strip_accents").isNull() || value.path("strip_accents").isMissingNode() ? value.path("lowercase")
                : value.path("strip_accents");
        return value.path("lowercase").equals(own.path("lowercase")) && accents.equals(theirs)
                && value.path("handle_chinese_chars").asBoolean(true) == own.path("handle_chinese_chars").asBoolean(true)
                && value.path("clean_text").asBoolean(true);
    }

    /** The file's own padding and truncation off, so that the caller alone decides on lengths. */
    static void withoutPaddingAndTruncation(ObjectNode json) {
        json.putNull("truncation");
        json.putNull("padding");
    }

    /** What {@code BertTokenizer} of transformers makes of a vocabulary: BertNormalizer, BertPreTokenizer, WordPiece, cls text sep. */
    static ObjectNode of(Vocabulary vocabulary, TokenizerSettings settings, AddedVocabulary added, String unk, SpecialId cls, SpecialId sep) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("version", "1.0");
        withoutPaddingAndTruncation(json);
        added.writeTo(json.putArray("added_tokens"));
        json.putObject("normalizer").put("type", "BertNormalizer").put("clean_text", true).put("handle_chinese_chars", settings.chinese())
                .put("strip_accents", settings.stripAccents()).put("lowercase", settings.lowerCase());
        json.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        ObjectNode template = json.putObject("post_processor").put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        special(single, cls.token(), 0);
        sequence(single, "A", 0);
        special(single, sep.token(), 0);
        ArrayNode pair = template.putArray("pair");
        pair.addAll(single.deepCopy());
        sequence(pair, "B", 1);
        special(pair, sep.token(), 1);
        ObjectNode specials = template.putObject("special_tokens");
        for (SpecialId special : List.of(cls, sep)) {
            ObjectNode entry = specials.putObject(special.token()).put("id", special.token());
            entry.putArray("ids").add(special.id());
            entry.putArray("tokens").add(special.token());
        }
        json.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        ObjectNode model = json.putObject("model").put("type", "WordPiece").put("unk_token", unk)
                .put("continuing_subword_prefix", "##").put("max_input_chars_per_word", MAX_WORD_CHARACTERS);
        ObjectNode vocab = model.putObject("vocab");
        Iterator<String> tokens = vocabulary.tokens().iterator();
        for (int id = 0; tokens.hasNext(); id++) {
            String token = tokens.next();
            if (vocabulary.id(token) == id) {
                vocab.put(token, id);
            }
        }
        return json;
    }

    /** A special token that stands around each text. */
    record SpecialId(String token, int id) {
    }

    private static void special(ArrayNode template, String token, int type) {
        template.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
    }

    private static void sequence(ArrayNode template, String id, int type) {
        template.addObject().putObject("Sequence").put("id", id).put("type_id", type);
    }
}
