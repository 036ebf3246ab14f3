// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * Settings of {@code config.json} that would change what a BERT computes and that miXed does not implement: each is refused, unless its value says
 * that nothing changes. Null is as good as absent, as in {@code transformers}.
 */
public enum ConfigSetting {
    POSITION_EMBEDDING_TYPE("position_embedding_type", "\"absolute\"", (v, json) -> v.asText().equals("absolute")),
    IS_DECODER("is_decoder", "false", (v, json) -> isFalse(v)),
    ADD_CROSS_ATTENTION("add_cross_attention", "false", (v, json) -> isFalse(v)),
    IS_ENCODER_DECODER("is_encoder_decoder", "false", (v, json) -> isFalse(v)),
    PRUNED_HEADS("pruned_heads", "none", (v, json) -> isEmpty(v)),
    PER_LAYER_CONFIG("per_layer_config", "none", (v, json) -> isEmpty(v)),
    QUANTIZATION_CONFIG("quantization_config", "none", (v, json) -> isEmpty(v)),
    COMPRESSION_CONFIG("compression_config", "none", (v, json) -> isEmpty(v)),
    EMBEDDING_SIZE("embedding_size", "that of hidden_size", (v, json) -> v.equals(json.get("hidden_size"))),
    AUTO_MAP("auto_map", "one without a model's class", (v, json) -> namesNoModel(v));

    private final String key;
    private final String needed;
    private final BiPredicate<JsonNode, ObjectNode> harmless;

    ConfigSetting(String key, String needed, BiPredicate<JsonNode, ObjectNode> harmless) {
        this.key = key;
        this.needed = needed;
        this.harmless = harmless;
    }

    /** Its key in {@code config.json}. */
    public String key() {
        return key;
    }

    /** The value with which miXed computes the same as {@code transformers}, in words. */
    public String needed() {
        return needed;
    }

    /** The value in {@code json} where it would change what the model computes. */
    Optional<JsonNode> violation(ObjectNode json) {
        JsonNode value = json.get(key);
        return value == null || value.isNull() || harmless.test(value, json) ? Optional.empty() : Optional.of(value);
    }

    private static boolean isFalse(JsonNode value) {
        return value.asText().equals("false");
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isContainerNode() && value.isEmpty();
    }

    /** A class of a configuration or a tokenizer changes no weights; a model's is code that would have to be run. */
    private static boolean namesNoModel(JsonNode value) {
        return value.isObject() && value.propertyStream().noneMatch(e -> e.getKey().startsWith("AutoModel"));
    }
}
