// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BertConfigTest {

    private static final JsonMapper MAPPER = new JsonMapper();

    private static BertConfig parse(String json) {
        return BertConfig.parse("config.json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** A valid configuration with one field set to a raw JSON value, or removed when that is empty. */
    private static String with(String field, String rawValue) throws Exception {
        ObjectNode json = (ObjectNode) MAPPER.readTree(Preset.TINY.config(100, List.of("no", "yes")).toJson());
        if (rawValue.isEmpty()) {
            json.remove(field);
        } else {
            json.set(field, MAPPER.readTree(rawValue));
        }
        return json.toString();
    }

    private static String error(String json) {
        String message = assertThrows(UserException.class, () -> parse(json)).getMessage();
        assertTrue(message.contains("config.json"), message);
        assertTrue(message.endsWith("."), message);
        assertFalse(message.contains("\n"), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource({"TINY,2,128,2,512", "MINI,4,256,4,1024", "SMALL,4,512,8,2048", "MEDIUM,8,512,8,2048", "BASE,12,768,12,3072", "LARGE,24,1024,16,4096"})
    void presetsHaveTheirSizes(Preset preset, int layers, int hidden, int heads, int intermediate) {
        BertConfig config = preset.config(30522, List.of("no", "yes"));
        assertEquals(layers, config.numHiddenLayers());
        assertEquals(hidden, config.hiddenSize());
        assertEquals(heads, config.numAttentionHeads());
        assertEquals(intermediate, config.intermediateSize());
        assertEquals(64, config.headSize());
        assertEquals(preset, config.preset().orElseThrow());
        assertEquals(1e-12, config.layerNormEps());
        assertEquals(0.02, config.initializerRange());
        assertEquals(0.1, config.headDropoutProb());
        assertEquals(Activation.GELU, config.activation());
    }

    @Test
    void presetNamesAreFoundInAnyCaseAndOthersRefused() {
        assertEquals(Preset.TINY, Preset.of("Tiny"));
        String message = assertThrows(UsageException.class, () -> Preset.of("huge")).getMessage();
        assertTrue(message.contains("'huge'") && message.contains("tiny, mini, small, medium, base, large"), message);
    }

    @Test
    void twoClassesHaveOneLogitWithoutAPooler() {
        BertConfig config = Preset.TINY.config(100, List.of("no", "yes"));
        assertEquals(1, config.numLogits());
        assertEquals(4, config.withClassifier(List.of("a", "b", "c", "d"), false).numLogits());
        BertConfig pooled = config.withClassifier(List.of("no", "yes"), true);
        assertEquals(2, pooled.numLogits());
        assertEquals(List.of("BertForSequenceClassification"), pooled.architectures());
        assertFalse(config.hasPooler());
    }

    /** What the old classifier was trained for says nothing of the new one, which puts each text into one class. */
    @Test
    void anotherClassifierHasAnotherProblem() throws Exception {
        BertConfig config = parse(with("problem_type", "\"regression\""));
        assertEquals("regression", config.problemType());
        BertConfig trained = config.withClassifier(List.of("no", "yes"), true);
        assertEquals("single_label_classification", trained.problemType());
        assertFalse(MAPPER.readTree(trained.toJson()).has("problem_type"));
    }

    @ParameterizedTest
    @EnumSource(Preset.class)
    void writingAndReadingGivesAnEqualConfig(Preset preset) {
        BertConfig config = preset.config(30522, List.of("anger", "joy", "optimism", "sadness")).withDropout(0.25);
        assertEquals(config, BertConfig.parse("config.json", config.toJson()));
    }

    @Test
    void unknownFieldsAreKeptOnARoundTrip() throws Exception {
        ObjectNode json = (ObjectNode) MAPPER.readTree(with("use_cache", "true"));
        json.set("task_specific_params", MAPPER.readTree("{\"a\": [1, null, 0.5]}"));
        json.put("transformers_version", "5.18.0");
        json.put("is_decoder", false);
        json.put("dtype", "float32");
        BertConfig config = parse(json.toString());
        assertEquals(json, MAPPER.readTree(config.toJson()));
        JsonNode changed = MAPPER.readTree(config.withVocabSize(7).toJson());
        assertEquals(7, changed.get("vocab_size").intValue());
        assertEquals(json.get("task_specific_params"), changed.get("task_specific_params"));
    }

    @Test
    void configOfTransformersSurvivesARoundTripExceptForDefaults() throws Exception {
        Path file = Path.of(getClass().getResource("/pretrained/hf/config.json").toURI());
        BertConfig config = BertConfig.read(file);
        assertEquals(8, config.hiddenSize());
        assertEquals(20, config.vocabSize());
        assertEquals(List.of("LABEL_0", "LABEL_1", "LABEL_2"), config.labels());
        assertEquals(OptionalDouble.empty(), config.classifierDropout());
        assertEquals(MAPPER.readTree(file.toFile()), MAPPER.readTree(config.toJson()));
    }

    @Test
    void optionalFieldsHaveHuggingFacesDefaults() {
        BertConfig config = parse("""
                {"vocab_size": 9, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 5}""");
        assertEquals(512, config.maxPositionEmbeddings());
        assertEquals(2, config.typeVocabSize());
        assertEquals(0, config.padTokenId());
        assertEquals("gelu", config.hiddenAct());
        assertEquals(0.1, config.attentionProbsDropoutProb());
        assertEquals(List.of("LABEL_0", "LABEL_1"), config.labels());
        assertEquals("a custom size (1 layers, hidden size 4, 2 heads)", config.describe());
    }

    @ParameterizedTest
    @CsvSource({"gelu,GELU", "gelu_new,GELU_TANH", "gelu_pytorch_tanh,GELU_TANH", "relu,RELU", "tanh,TANH"})
    void activationsAreReadAndTheirSpellingKept(String spelling, Activation activation) throws Exception {
        BertConfig config = parse(with("hidden_act", '"' + spelling + '"'));
        assertEquals(activation, config.activation());
        assertEquals(spelling, MAPPER.readTree(config.toJson()).get("hidden_act").textValue());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "hidden_size; 129; hidden_size 129 is not divisible by num_attention_heads 2",
        "hidden_size; 0; hidden_size 0 must be at least 1",
        "vocab_size; -3; vocab_size -3 must be at least 1",
        "num_hidden_layers; 0; num_hidden_layers 0 must be at least 1",
        "num_hidden_layers; 2000000000; num_hidden_layers 2000000000 is more than 1000",
        "vocab_size; 2000000000; more than 2147483647 elements",
        "num_attention_heads; 0; num_attention_heads 0 must be at least 1",
        "intermediate_size; ``; intermediate_size is missing",
        "hidden_size; 12.5; hidden_size must be a whole number, not 12.5",
        "hidden_size; \"x\"; hidden_size must be a whole number, not \"x\"",
        "hidden_size; 99999999999; hidden_size must be a whole number",
        "hidden_act; \"silu\"; hidden_act 'silu' is not supported",
        "hidden_act; 3; hidden_act must be a string, not 3",
        "hidden_dropout_prob; 1.0; hidden_dropout_prob 1.0 must be at least 0 and less than 1",
        "attention_probs_dropout_prob; -0.1; attention_probs_dropout_prob -0.1",
        "classifier_dropout; \"a\"; classifier_dropout must be a number",
        "layer_norm_eps; 0; layer_norm_eps 0.0 must be a small positive number",
        "initializer_range; -1; initializer_range -1.0",
        "pad_token_id; 100; pad_token_id 100 is outside the vocabulary of 100 tokens",
        "position_embedding_type; \"relative_key\"; position_embedding_type \"relative_key\" is not supported",
        "model_type; \"roberta\"; model_type \"roberta\" is not supported; miXed needs bert",
        "is_decoder; true; is_decoder true is not supported",
        "id2label; {\"0\": \"a\", \"2\": \"b\"}; no class name for \"1\"",
        "id2label; []; id2label must be an object",
        "id2label; {}; id2label names no class",
        "architectures; \"BertModel\"; architectures must be a list of strings",
    })
    void wrongValuesAreToldInOneSentence(String field, String value, String expected) throws Exception {
        String message = error(with(field, value));
        assertTrue(message.contains(expected), message);
    }

    @Test
    void classesNamedTwiceAreRefused() {
        String message = assertThrows(UserException.class, () -> Preset.TINY.config(9, List.of("a", "a"))).getMessage();
        assertTrue(message.contains("names a class twice"), message);
    }

    @Test
    void malformedJsonNamesFileAndPosition() {
        assertTrue(error("{\n  \"vocab_size\": 3,\n  oops\n}").contains("line 3, column 3"));
        assertTrue(error("").contains("empty"));
        assertTrue(error("[1]").contains("holds array"));
        assertTrue(error("{} {}").contains("line 1"));
        assertTrue(error("{\"vocab_size\": 1, \"vocab_size\": 2}").contains("Duplicate"));
        assertTrue(error("{\"vocab_size\": ").contains("line 1"));
    }

    @Test
    void filesThatAreNotJsonTextAreToldApart(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("none.json");
        assertTrue(assertThrows(UserException.class, () -> BertConfig.read(missing)).getMessage().contains("none.json' does not exist"));
        assertTrue(assertThrows(UserException.class, () -> BertConfig.read(folder)).getMessage().contains("is not a file"));
        Path latin1 = Files.write(folder.resolve("latin1.json"), new byte[] {'{', '"', (byte) 0xe9, '"', ':', '1', '}'});
        assertTrue(assertThrows(UserException.class, () -> BertConfig.read(latin1)).getMessage().contains("latin1.json' is not UTF-8"));
    }

    @Test
    void thresholdsAreOneOrOneForEachLabel() throws Exception {
        BertConfig plain = Preset.TINY.config(100, List.of("no", "yes"));
        assertEquals(List.of(0.5, 0.5), plain.thresholds());
        assertEquals(List.of(0.25, 0.25), parse(with("mixed_threshold", "0.25")).thresholds());
        String json = new String(plain.withThresholds(List.of(0.25, 0.75)).toJson(), StandardCharsets.UTF_8);
        BertConfig each = parse(json);
        assertEquals(List.of(0.25, 0.75), each.thresholds());
        assertTrue(json.contains("mixed_threshold"), json);
        assertEquals(plain, each.withThresholds(List.of(0.5, 0.5)));
        assertEquals(plain.withThreshold(0.25), each.withThresholds(List.of(0.25, 0.25)));
        assertEquals(List.of(0.5, 0.5, 0.5), each.withClassifier(List.of("a", "b", "c"), true).thresholds(), "another head has none of them");
        for (String wrong : List.of("[0.25]", "[0.25, 0.5, 0.75]", "[0.25, 1]", "[0.25, \"x\"]", "\"0.5\"", "0", "{}")) {
            String message = error(with("mixed_threshold", wrong));
            assertTrue(message.contains("or a list with one for each of the 2 labels"), message);
        }
    }
}
