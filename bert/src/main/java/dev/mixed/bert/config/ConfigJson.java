// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.JsonFile;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Translates between {@link BertConfig} and Hugging Face's {@code config.json}; a missing optional field has Hugging Face's default. */
final class ConfigJson {

    /** Fields whose other values would change the model's arithmetic in ways that miXed does not implement. */
    private static final Map<String, String> REQUIRED_VALUES = Map.of(
            "model_type", "bert", "position_embedding_type", "absolute", "is_decoder", "false", "add_cross_attention", "false");

    /** More classes than that have names; each takes memory, which a number alone must not. */
    private static final int MAX_UNNAMED_LABELS = 10_000;

    private final String source;
    private final Map<String, JsonNode> fields = new LinkedHashMap<>();

    private ConfigJson(String source, ObjectNode json) {
        this.source = source;
        json.properties().forEach(e -> fields.put(e.getKey(), e.getValue()));
    }

    static BertConfig fromJson(String source, ObjectNode json) {
        ConfigJson in = new ConfigJson(source, json);
        REQUIRED_VALUES.forEach(in::require);
        in.take("model_type");
        // Of the file's weights, not of the model: what is saved here is float.
        in.take("dtype");
        in.take("torch_dtype");
        int vocabSize = in.size("vocab_size");
        int hiddenSize = in.size("hidden_size");
        int layers = in.size("num_hidden_layers");
        int heads = in.size("num_attention_heads");
        int intermediate = in.size("intermediate_size");
        String act = in.text("hidden_act", "gelu");
        double hiddenDropout = in.number("hidden_dropout_prob").orElse(0.1);
        double attentionDropout = in.number("attention_probs_dropout_prob").orElse(0.1);
        OptionalDouble classifierDropout = in.number("classifier_dropout");
        int positions = in.whole("max_position_embeddings", 512);
        int types = in.whole("type_vocab_size", 2);
        double range = in.number("initializer_range").orElse(0.02);
        double eps = in.number("layer_norm_eps").orElse(1e-12);
        int pad = in.whole("pad_token_id", 0);
        List<String> labels = in.labels();
        List<String> architectures = in.texts("architectures");
        try {
            return new BertConfig(vocabSize, hiddenSize, layers, heads, intermediate, act, hiddenDropout, attentionDropout,
                    classifierDropout, positions, types, range, eps, pad, labels, architectures, in.fields);
        } catch (UserException e) {
            throw in.error(e.getMessage());
        }
    }

    static ObjectNode toJson(BertConfig c) {
        Map<String, JsonNode> sorted = new TreeMap<>(c.other());
        ObjectNode known = JsonFile.object();
        known.put("model_type", "bert");
        known.put("dtype", "float32");
        known.put("vocab_size", c.vocabSize());
        known.put("hidden_size", c.hiddenSize());
        known.put("num_hidden_layers", c.numHiddenLayers());
        known.put("num_attention_heads", c.numAttentionHeads());
        known.put("intermediate_size", c.intermediateSize());
        known.put("hidden_act", c.hiddenAct());
        known.put("hidden_dropout_prob", c.hiddenDropoutProb());
        known.put("attention_probs_dropout_prob", c.attentionProbsDropoutProb());
        known.put("classifier_dropout", c.classifierDropout().isPresent() ? (Double) c.classifierDropout().getAsDouble() : null);
        known.put("max_position_embeddings", c.maxPositionEmbeddings());
        known.put("type_vocab_size", c.typeVocabSize());
        known.put("initializer_range", c.initializerRange());
        known.put("layer_norm_eps", c.layerNormEps());
        known.put("pad_token_id", c.padTokenId());
        ArrayNode architectures = known.putArray("architectures");
        c.architectures().forEach(architectures::add);
        ObjectNode id2label = known.putObject("id2label");
        ObjectNode label2id = known.putObject("label2id");
        for (int i = 0; i < c.numLabels(); i++) {
            id2label.put(Integer.toString(i), c.labels().get(i));
            label2id.put(c.labels().get(i), i);
        }
        known.properties().forEach(e -> sorted.put(e.getKey(), e.getValue()));
        ObjectNode out = JsonFile.object();
        sorted.forEach(out::set);
        return out;
    }

    /** Class names from {@code id2label}, or Hugging Face's LABEL_0, LABEL_1, ... for {@code num_labels}, which is 2 unless given. */
    private List<String> labels() {
        int count = whole("num_labels", -1);
        JsonNode id2label = take("id2label");
        JsonNode label2id = take("label2id");
        if (id2label == null) {
            if (count == 0 || count < -1 || count > MAX_UNNAMED_LABELS) {
                throw error("num_labels " + count + " must be between 1 and " + MAX_UNNAMED_LABELS + ", or id2label must name the classes.");
            }
            return IntStream.range(0, count == -1 ? 2 : count).mapToObj(i -> "LABEL_" + i).toList();
        }
        if (!id2label.isObject()) {
            throw error("id2label must be an object such as {\"0\": \"negative\", \"1\": \"positive\"}.");
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < id2label.size(); i++) {
            JsonNode name = id2label.get(Integer.toString(i));
            if (name == null || !name.isTextual()) {
                throw error("id2label has " + id2label.size() + " entries but no class name for \"" + i + "\"; number the classes from 0.");
            }
            names.add(name.textValue());
        }
        for (int i = 0; label2id != null && i < names.size(); i++) {
            JsonNode id = label2id.get(names.get(i));
            if (id == null || !id.isIntegralNumber() || id.intValue() != i) {
                throw error("label2id and id2label disagree on class '" + Brief.of(names.get(i)) + "'; make them match or drop label2id.");
            }
        }
        if (count != -1 && count != names.size()) {
            throw error("num_labels is " + count + " but id2label names " + names.size() + " classes; make them match or drop num_labels.");
        }
        return names;
    }

    private void require(String name, String value) {
        JsonNode node = fields.get(name);
        if (node != null && !node.isNull() && !node.asText().equals(value)) {
            throw error(name + " " + brief(node) + " is not supported; miXed needs " + value + ".");
        }
    }

    private int size(String name) {
        if (!fields.containsKey(name) || fields.get(name).isNull()) {
            throw error(name + " is missing; add it.");
        }
        return whole(name, 0);
    }

    private int whole(String name, int fallback) {
        JsonNode node = take(name);
        if (node == null) {
            return fallback;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw error(name + " must be a whole number, not " + brief(node) + ".");
        }
        return node.intValue();
    }

    private OptionalDouble number(String name) {
        JsonNode node = take(name);
        if (node == null) {
            return OptionalDouble.empty();
        }
        if (!node.isNumber()) {
            throw error(name + " must be a number, not " + brief(node) + ".");
        }
        return OptionalDouble.of(node.doubleValue());
    }

    private String text(String name, String fallback) {
        JsonNode node = take(name);
        if (node == null) {
            return fallback;
        }
        if (!node.isTextual()) {
            throw error(name + " must be a string, not " + brief(node) + ".");
        }
        return node.textValue();
    }

    private List<String> texts(String name) {
        JsonNode node = take(name);
        List<String> list = new ArrayList<>();
        if (node != null) {
            if (!node.isArray()) {
                throw error(name + " must be a list of strings, not " + brief(node) + ".");
            }
            for (JsonNode item : node) {
                if (!item.isTextual()) {
                    throw error(name + " must be a list of strings, not " + brief(node) + ".");
                }
                list.add(item.textValue());
            }
        }
        return list;
    }

    /** The field's value, which then no longer counts as unknown; null when it is absent or null. */
    private @Nullable JsonNode take(String name) {
        JsonNode node = fields.remove(name);
        return node == null || node.isNull() ? null : node;
    }

    private static String brief(JsonNode node) {
        return Brief.of(node.toString());
    }

    private UserException error(String sentence) {
        return new UserException("'" + source + "': " + sentence);
    }
}
