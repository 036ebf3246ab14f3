// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.JsonFile;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Translates between {@link BertConfig} and Hugging Face's {@code config.json}; a missing optional field has Hugging Face's default. */
final class ConfigJson {

    private static final String MODEL_TYPE = "model_type";
    private static final String ARCHITECTURES = "architectures";
    private static final List<String> SIZES = List.of("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size");

    /** Of these the default is not what the file says, and {@code transformers} refuses null as well. */
    private static final List<String> NEVER_NULL = List.of("hidden_act", "layer_norm_eps", "max_position_embeddings", "type_vocab_size");

    private final String source;
    private final Map<String, JsonNode> fields = new LinkedHashMap<>();

    private ConfigJson(String source, ObjectNode json) {
        this.source = source;
        json.properties().forEach(e -> fields.put(e.getKey(), e.getValue()));
    }

    static BertConfig fromJson(String source, ObjectNode json) {
        BertConfig.Encoder read = read(source, json);
        read.labelProblem().ifPresent(problem -> {
            throw problem;
        });
        return read.config();
    }

    /** Wrong names of classes are told rather than thrown; the configuration then has LABEL_0 and LABEL_1. */
    static BertConfig.Encoder read(String source, ObjectNode json) {
        ConfigJson in = new ConfigJson(source, json);
        in.requireBert();
        for (ConfigSetting setting : ConfigSetting.values()) {
            setting.violation(json).ifPresent(value -> {
                throw in.error(setting.key() + " " + brief(value) + " is not supported; miXed needs " + setting.needed() + ".");
            });
        }
        in.take(MODEL_TYPE);
        // Of the file's weights, not of the model: what is saved here is float.
        in.take("dtype");
        in.take("torch_dtype");
        NEVER_NULL.forEach(in::requireNotNull);
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
        List<String> architectures = in.texts(ARCHITECTURES);
        JsonNode id2label = in.take("id2label");
        JsonNode numLabels = in.take("num_labels");
        in.take("label2id");
        List<String> labels;
        Optional<UserException> labelProblem = Optional.empty();
        try {
            labels = LabelMap.names(id2label, numLabels);
        } catch (UserException e) {
            labels = LabelMap.names(null, null);
            labelProblem = Optional.of(in.error(e.getMessage()));
        }
        try {
            return new BertConfig.Encoder(new BertConfig(vocabSize, hiddenSize, layers, heads, intermediate, act, hiddenDropout, attentionDropout,
                    classifierDropout, positions, types, range, eps, pad, labels, architectures, in.fields), labelProblem);
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

    /** A {@link UserException} that names the family where the configuration is another model's, by its type, its classes or, where it has no type, by its keys. */
    private void requireBert() {
        JsonNode type = fields.get(MODEL_TYPE);
        if (type != null && !type.isNull() && !type.asText().equals("bert")) {
            throw error(MODEL_TYPE + " " + brief(type) + " is not supported; miXed needs bert.");
        }
        if (fields.get(ARCHITECTURES) instanceof ArrayNode names) {
            for (JsonNode name : names) {
                ModelFamily.ofArchitecture(name.asText()).ifPresent(family -> {
                    throw error(ARCHITECTURES + " names " + Brief.of(name.asText()) + ", a model of " + family.title() + ", not BERT; use a BERT model.");
                });
            }
        }
        if (type == null || type.isNull()) {
            ModelFamily.ofKeys(fields.keySet()).ifPresent(family -> {
                throw error("the configuration is not BERT's but " + family.title() + "'s (it has " + String.join(", ", family.foundKeys(fields.keySet()))
                        + "); use a BERT model" + (fields.keySet().containsAll(SIZES) ? ", or add \"model_type\": \"bert\" if it is one." : "."));
            });
        }
    }

    private void requireNotNull(String name) {
        if (fields.get(name) instanceof NullNode) {
            throw error(name + " is null; give it a value, or leave it out for BERT's own.");
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
