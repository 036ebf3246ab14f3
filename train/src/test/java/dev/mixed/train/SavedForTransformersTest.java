// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Pooling;
import dev.mixed.bert.config.VectorSettings;
import dev.mixed.bert.model.BertForMaskedLM;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertForTokenClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.BertModel;
import dev.mixed.bert.model.BertSentenceEncoder;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Vocabulary;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.weights.SafetensorsWriter;
import dev.mixed.weights.TensorSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Saves models to {@code target/saved-for-transformers}, with what miXed computes with them beside each: {@code check_saved.py} in
 * {@code src/test/resources/checkpoint} opens them with the real libraries and compares.
 */
class SavedForTransformersTest {
    private static final Path ROOT = Path.of("target", "saved-for-transformers");
    private static final List<String> TEXTS = List.of("The rain in Spain", "caf\u00e9 na\u00efve", "snow, snow & more snow!", "", "\u6211\u7231 rain",
            "unbreakable",
            "RAIN \ud83d\ude00 sun\u00a0now", "[MASK] and [SEP]", "x".repeat(150), "don't stop");
    private static final int SEQ = 10;
    private final ObjectMapper mapper = new ObjectMapper();

    private static Vocabulary vocabulary(boolean mask) {
        List<String> tokens = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
        if (mask) {
            tokens.add("[MASK]");
        }
        tokens.addAll(List.of("the", "rain", "in", "spain", "The", "Spain", "cafe", "caf\u00e9", "na", "##ive", "##\u00efve", "snow", "sun", ",", "&", "!",
                "more", "and",
                "\u6211", "un", "##break", "##able", "now", "RAIN", "don", "'", "t", "stop", "##s"));
        return Vocabulary.of("test", tokens);
    }

    private static BertConfig config(int words, List<String> labels, boolean pooler) {
        return new BertConfig(words, 32, 2, 2, 64, "gelu", 0.1, 0.1, OptionalDouble.empty(), 48, 2, 0.2, 1e-12, 0, labels, List.of("BertModel"), Map.of())
                .withClassifier(labels, pooler);
    }

    private void save(String name, BertConfig config, BertTokenizer tokenizer, Device device) throws IOException {
        Path folder = ROOT.resolve(name);
        SequenceModel model = config.hasVectors() ? new BertSentenceEncoder(config, device, 5) : config.hasWords() ? new BertForMaskedLM(config, device, 5)
                : config.hasTokens() ? new BertForTokenClassification(config, device, 5) : new BertForSequenceClassification(config, device, 5);
        ModelFolder.save(folder, ModelState.contents(model, TokenizerFiles.of(tokenizer, config)));
        List<int[]> rows = tokenizer.encodeBatch(TEXTS, SEQ);
        int[] ids = new int[rows.size() * SEQ];
        int[] mask = new int[ids.length];
        int[] types = new int[ids.length];
        for (int r = 0; r < rows.size(); r++) {
            System.arraycopy(rows.get(r), 0, ids, r * SEQ, rows.get(r).length);
            Arrays.fill(mask, r * SEQ, r * SEQ + rows.get(r).length, 1);
            Arrays.fill(types, r * SEQ + rows.get(r).length / 2, r * SEQ + rows.get(r).length, 1);
        }
        BertInputs inputs = BertInputs.create(device, rows.size(), SEQ);
        inputs.write(ids, mask, types);
        model.eval();
        BertModel encoder = model instanceof BertSentenceEncoder s ? s.bert() : model instanceof BertForMaskedLM m ? m.bert()
                : model instanceof BertForTokenClassification t ? t.bert() : ((BertForSequenceClassification) model).bert();
        float[] hidden = encoder.forward(inputs).data().toFloats();
        float[] logits = model.forward(inputs).data().toFloats();
        for (float logit : logits) {
            // The logit of [PAD] is 0 where its word embedding decodes it.
            assertTrue(Float.isFinite(logit) && (logit != 0 || config.hasWords()), name + ": " + logit);
        }
        List<Integer> shape = List.of(rows.size(), SEQ);
        try (FileChannel channel = FileChannel.open(folder.resolve("computed.safetensors"), StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            SafetensorsWriter.write(channel, List.of(TensorSource.ints("input_ids", shape, () -> ids), TensorSource.ints("attention_mask", shape, () -> mask),
                    TensorSource.ints("token_type_ids", shape, () -> types),
                    TensorSource.floats("last_hidden_state", List.of(rows.size(), SEQ, config.hiddenSize()), () -> hidden),
                    TensorSource.floats("logits", config.hasWords() ? List.of(rows.size(), SEQ, config.vocabSize())
                            : config.hasVectors() ? List.of(rows.size(), config.hiddenSize())
                                    : config.hasTokens() ? List.of(rows.size(), SEQ, config.numLogits()) : List.of(rows.size(), config.numLogits()),
                            () -> logits)),
                    SafetensorsWriter.PYTORCH);
        }
        ArrayNode tokens = mapper.createArrayNode();
        for (String text : TEXTS) {
            ObjectNode row = tokens.addObject().put("text", text);
            ArrayNode list = row.putArray("ids");
            Arrays.stream(tokenizer.encode(text, 512)).forEach(list::add);
        }
        Files.writeString(folder.resolve("tokens.json"), mapper.writeValueAsString(tokens));
        try (LoadedModel loaded = LoadedModel.open(folder, device)) {
            assertEquals(config, loaded.config());
            for (String text : TEXTS) {
                assertArrayEquals(tokenizer.encode(text, 512), loaded.tokenizer().encode(text, 512), text);
            }
        }
        JsonNode saved = mapper.readTree(Files.readAllBytes(folder.resolve("config.json")));
        assertEquals(
                config.hasWords() ? "BertForMaskedLM"
                        : config.hasTokens() ? "BertForTokenClassification" : config.hasPooler() ? "BertForSequenceClassification" : "BertModel",
                saved.path("architectures").path(0).asText());
        assertEquals("float32", saved.path("dtype").asText());
    }

    @Test
    void uncasedCasedAndOddTokenizersUnderBothHeads() throws IOException {
        if (Files.exists(ROOT)) {
            try (Stream<Path> files = Files.walk(ROOT)) {
                files.sorted(java.util.Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
            }
        }
        Vocabulary words = vocabulary(true);
        Path vocab = Files.createTempFile("vocab", ".txt");
        words.write(vocab);
        try (Device device = JvmDevice.open(1); BertTokenizer uncased = BertTokenizer.of(words); BertTokenizer cased = BertTokenizer.fromVocab(vocab, false);
                BertTokenizer noMask = BertTokenizer.of(vocabulary(false))) {
            save("two-classes-without-pooler", config(words.size(), List.of("no", "yes"), false), uncased, device);
            save("two-classes-with-pooler", config(words.size(), List.of("no", "yes"), true), uncased, device);
            save("vectors", config(words.size(), BertConfig.UNNAMED, false).withVectors(
                    new VectorSettings(Pooling.MEAN, true, VectorSettings.Loss.CONTRASTIVE, 1, 5)), uncased, device);
            save("three-classes-cased", config(words.size(), List.of("a", "b", "c"), true), cased, device);
            save("regression", config(words.size(), List.of("LABEL_0"), true).withProblem(BertConfig.REGRESSION), uncased, device);
            save("several-labels", config(words.size(), List.of("a", "b"), true).withProblem(BertConfig.MULTI_LABEL), uncased, device);
            save("tags-of-words", config(words.size(), List.of("B-A", "I-A", "O"), false).withTokens(List.of("B-A", "I-A", "O")), uncased, device);
            save("words-to-guess", config(words.size(), BertConfig.UNNAMED, false).withWords(), uncased, device);
            save("without-a-mask-token", config(noMask.vocabSize(), List.of("a", "b", "c"), false), noMask, device);
            assertEquals("BertTokenizer", tokenizerConfig("two-classes-with-pooler").path("tokenizer_class").asText());
            assertTrue(tokenizerConfig("two-classes-with-pooler").path("do_lower_case").asBoolean());
            assertEquals(false, tokenizerConfig("three-classes-cased").path("do_lower_case").asBoolean(true));
            assertTrue(tokenizerConfig("without-a-mask-token").path("mask_token").isNull());
            Path own = Files.createTempDirectory("tokenizer");
            uncased.save(own, 48);
            ObjectNode json = (ObjectNode) mapper.readTree(Files.readAllBytes(own.resolve("tokenizer_config.json")));
            Files.writeString(own.resolve("tokenizer_config.json"), mapper.writeValueAsString(json.put("strip_accents", false)));
            try (BertTokenizer accents = BertTokenizer.load(own)) {
                save("uncased-with-accents", config(words.size(), List.of("a", "b", "c"), false), accents, device);
            }
            assertEquals("BertTokenizer", tokenizerConfig("uncased-with-accents").path("tokenizer_class").asText());
            assertEquals(false, tokenizerConfig("uncased-with-accents").path("strip_accents").asBoolean(true));
        } finally {
            Files.delete(vocab);
        }
    }

    private JsonNode tokenizerConfig(String name) throws IOException {
        return mapper.readTree(Files.readAllBytes(ROOT.resolve(name).resolve("tokenizer_config.json")));
    }
}
