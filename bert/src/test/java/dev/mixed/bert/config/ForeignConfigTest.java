// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Messages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations of other models than BERT, and settings with which a BERT would compute something else: each is refused by its name. */
class ForeignConfigTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    private static ObjectNode bert() throws IOException {
        return (ObjectNode) MAPPER.readTree("""
                {"model_type": "bert", "vocab_size": 9, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 5}""");
    }

    private static BertConfig parse(JsonNode json) {
        return BertConfig.parse("config.json", json.toString().getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @EnumSource
    void everyFamilyIsToldByItsType(ModelFamily family) throws IOException {
        ObjectNode json = bert().put("model_type", family.modelType());
        Messages.assertRefused(() -> parse(json), "config.json", "model_type \"" + family.modelType() + "\" is not supported; miXed needs bert");
        assertEquals(family, ModelFamily.ofModelType(family.modelType()).orElseThrow());
    }

    @ParameterizedTest
    @EnumSource
    void everyFamilyIsToldByItsClass(ModelFamily family) throws IOException {
        for (String ending : List.of("ForSequenceClassification", "Model", "ForMaskedLM")) {
            ObjectNode json = bert();
            json.putArray("architectures").add(family.architecture() + ending);
            Messages.assertRefused(() -> parse(json), family.architecture() + ending, "a model of " + family.title() + ", not BERT");
            // A type that says bert does not make it one.
            json.remove("model_type");
            Messages.assertRefused(() -> parse(json), "a model of " + family.title() + ", not BERT");
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutATypeEveryFamilyIsToldByEachOfItsKeys(ModelFamily family) throws IOException {
        for (String key : family.keys()) {
            ObjectNode json = bert().put(key, 2);
            // With its type, a stray key of another model's says nothing.
            assertEquals(4, parse(json).hiddenSize(), key);
            json.remove("model_type");
            Messages.assertRefused(() -> parse(json), "is not BERT's but " + family.title() + "'s", "it has " + key, "\"model_type\": \"bert\"");
            Messages.assertRefused(() -> parse(MAPPER.createObjectNode().put(key, 2)), "is not BERT's but " + family.title() + "'s", "use a BERT model.");
        }
    }

    @Test
    void keysAndClassesTellFamiliesApart() {
        List<String> keys = Arrays.stream(ModelFamily.values()).flatMap(f -> f.keys().stream()).toList();
        assertEquals(Set.copyOf(keys).size(), keys.size(), "a key of two families");
        for (String key : bertsOwnKeys()) {
            assertFalse(keys.contains(key), key);
        }
        assertEquals(ModelFamily.XLM_ROBERTA, ModelFamily.ofArchitecture("XLMRobertaForTokenClassification").orElseThrow());
        assertEquals(ModelFamily.DEBERTA_V2, ModelFamily.ofArchitecture("DebertaV2ForSequenceClassification").orElseThrow());
        for (String own : List.of("BertForReviewRating", "BertModel", "Bert", "Robertas", "MyRobertaForX", "T", "", "XLm")) {
            assertEquals(List.of(), ModelFamily.ofArchitecture(own).stream().toList(), own);
        }
    }

    private static List<String> bertsOwnKeys() {
        return List.of("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act", "hidden_dropout_prob",
                "attention_probs_dropout_prob", "max_position_embeddings", "type_vocab_size", "initializer_range", "layer_norm_eps", "pad_token_id",
                "position_embedding_type", "use_cache", "classifier_dropout", "directionality", "pooler_fc_size", "pooler_num_attention_heads",
                "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type", "gradient_checkpointing", "output_past", "torch_dtype", "finetuning_task",
                "transformers_version", "_name_or_path", "chunk_size_feed_forward", "output_hidden_states", "return_dict");
    }

    /** As old scripts of conversion wrote it. */
    @Test
    void distilbertWithoutAType() throws IOException {
        JsonNode json = MAPPER.readTree("""
                {"activation": "gelu", "dim": 16, "hidden_dim": 32, "n_heads": 2, "n_layers": 2, "num_labels": 2, "max_position_embeddings": 64,
                 "sinusoidal_pos_embds": false, "vocab_size": 126}""");
        Messages.assertRefused(() -> parse(json), "the configuration is not BERT's but DistilBERT's (it has dim, n_layers, n_heads, hidden_dim,");
    }

    private static final List<Arguments> SETTINGS = List.of(
            Arguments.of("position_embedding_type", "\"relative_key\"", "\"absolute\""),
            Arguments.of("position_embedding_type", "\"relative_key_query\"", "null"),
            Arguments.of("position_embedding_type", "\"alibi\"", "\"absolute\""),
            Arguments.of("position_embedding_type", "3", "null"),
            Arguments.of("is_decoder", "true", "false"),
            Arguments.of("is_decoder", "1", "null"),
            Arguments.of("add_cross_attention", "true", "false"),
            Arguments.of("is_encoder_decoder", "true", "false"),
            Arguments.of("pruned_heads", "{\"0\": [1]}", "{}"),
            Arguments.of("pruned_heads", "2", "[]"),
            Arguments.of("per_layer_config", "{\"0\": {\"hidden_act\": \"relu\"}}", "{}"),
            Arguments.of("quantization_config", "{\"load_in_8bit\": true}", "null"),
            Arguments.of("compression_config", "{\"format\": \"x\"}", "{}"),
            Arguments.of("embedding_size", "2", "4"),
            Arguments.of("auto_map", "{\"AutoModel\": \"modeling.MyBert\"}", "{\"AutoConfig\": \"configuration.MyConfig\"}"),
            Arguments.of("auto_map", "{\"AutoModelForSequenceClassification\": \"x--m.C\", \"AutoConfig\": \"c.C\"}", "{}"),
            Arguments.of("auto_map", "\"modeling.MyBert\"", "null"));

    static List<Arguments> settings() {
        return SETTINGS;
    }

    /** A value that is refused, and one that changes nothing. */
    @ParameterizedTest
    @MethodSource("settings")
    void settingsThatChangeNumbers(String key, String refused, String harmless) throws IOException {
        ConfigSetting setting = Arrays.stream(ConfigSetting.values()).filter(s -> s.key().equals(key)).findFirst().orElseThrow();
        ObjectNode json = bert();
        json.set(key, MAPPER.readTree(refused));
        Messages.assertRefused(() -> parse(json), "'config.json': " + key + " ", "is not supported; miXed needs " + setting.needed());
        json.set(key, MAPPER.readTree(harmless));
        assertEquals(4, parse(json).hiddenSize());
    }

    @Test
    void everySettingIsInThatTable() {
        assertEquals(Arrays.stream(ConfigSetting.values()).map(ConfigSetting::key).collect(Collectors.toSet()),
                SETTINGS.stream().map(row -> row.get()[0]).collect(Collectors.toSet()));
    }

    /** Null is no value of these in transformers either; a default in its place might not be what was meant. */
    @ParameterizedTest
    @CsvSource({"hidden_act", "layer_norm_eps", "max_position_embeddings", "type_vocab_size"})
    void nullIsNoValue(String key) throws IOException {
        ObjectNode json = bert();
        json.putNull(key);
        Messages.assertRefused(() -> parse(json), key + " is null");
    }

    @ParameterizedTest
    @CsvSource({"silu", "gelu_10", "quick_gelu", "GELU", "mish", "linear", "relu6"})
    void activationsThatMiXedDoesNotHave(String name) throws IOException {
        ObjectNode json = bert().put("hidden_act", name);
        Messages.assertRefused(() -> parse(json), "hidden_act '" + name + "' is not supported; use one of gelu, ");
    }

    /** Nothing of these changes a number. */
    @Test
    void harmlessSettingsAreKept() throws IOException {
        ObjectNode json = bert().put("chunk_size_feed_forward", 64).put("use_cache", true).put("gradient_checkpointing", true).put("output_attentions", true)
                .put("pooler_type", "first_token_transform").put("directionality", "bidi").put("tie_word_embeddings", false).put("torchscript", true);
        assertEquals(64, parse(json).other().get("chunk_size_feed_forward").intValue());
        assertEquals(new ArrayList<>(parse(json).other().keySet()), new ArrayList<>(parse(MAPPER.readTree(parse(json).toJson())).other().keySet()));
    }
}
