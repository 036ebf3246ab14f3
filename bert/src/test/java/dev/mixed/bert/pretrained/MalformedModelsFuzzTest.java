// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.io.Messages;
import dev.mixed.weights.Mutations;
import dev.mixed.weights.SafetensorsBytes;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.TensorSource;
import dev.mixed.weights.WeightFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random damage to what a BERT consists of beside plain weights: always a valid read or one error, and no more memory than the file warrants. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MalformedModelsFuzzTest {

    private static final String CONFIG = new String(ModelSamples.config(3).toJson(), StandardCharsets.UTF_8);

    @Test
    void configurations() {
        WeightFile weights = SafetensorsFile.of("fuzz", MemorySegment.ofArray(SafetensorsBytes.of(ModelSamples.model(3).parameters())));
        List<byte[]> tokens = Mutations.texts("0", "-1", "9", "9999999999", "1e999", "NaN", "null", "true", "[", "]", "{", "}", "\"", ",", ":", "\\u0000",
                "\"num_labels\": 9999,", "\"hidden_size\"", "\"num_hidden_layers\": 999,", "\"id2label\": {}", "[[[[[[[[", "{\"a\":{\"a\":", " ", "é", "\0");
        // A configuration of 1000 layers has 16,000 names of parameters, which are compared with the file's before a model is made.
        new Mutations(tokens).run(List.of(CONFIG.getBytes(StandardCharsets.UTF_8)), "'fuzz", 16_000_000, bytes -> {
            BertConfig config = BertConfig.parse("fuzz", bytes);
            CheckpointFit.check(weights, config);
            assertEquals(config, BertConfig.parse("fuzz", config.toJson()));
        });
    }

    /** Whatever the configuration says, a head that is computed is one that the tensors fit. */
    @Test
    void heads() {
        BertConfig pooled = ModelSamples.config(3).withPooler(true);
        List<WeightFile> files = List.of(weights(TensorNames.all(ModelSamples.config(3))), weights(TensorNames.all(pooled)),
                weights(TensorNames.encoder(pooled)));
        List<byte[]> tokens = Mutations.texts("0", "1", "null", "true", "[", "]", "{", "}", "\"", ",", ":", "\"architectures\": null,",
                "\"architectures\": [],",
                "BertForSequenceClassification", "BertForTokenClassification", "BertModel", "\"problem_type\": \"regression\",", "\"num_labels\": 1,",
                "\"id2label\": {\"0\": 0, \"1\": true},", "\"label2id\": 3,", "\"pruned_heads\": {\"0\": [1]},", "\"model_type\": null,", "\"dim\": 3,",
                "\"auto_map\": {},", "yes3", "B-", " ", "é");
        new Mutations(tokens).run(List.of(CONFIG.getBytes(StandardCharsets.UTF_8), pooled.toJson()), "'fuzz", 16_000_000, bytes -> {
            BertConfig config = BertConfig.parse("fuzz", bytes);
            for (WeightFile file : files) {
                HeadDecision decision = HeadDecision.of(config, file);
                assertEquals(decision.head() == Head.NONE, !decision.refusal().isEmpty());
                if (decision.head() != Head.NONE) {
                    BertConfig decided = config.withPooler(decision.head() == Head.POOLER);
                    assertEquals(List.of(decided.numLogits(), decided.hiddenSize()), file.info(TensorNames.CLASSIFIER_WEIGHT).shape());
                    assertEquals(decided.hasPooler(), file.tensors().containsKey(TensorNames.POOLER_WEIGHT));
                } else {
                    Messages.assertRefused(() -> decision.require(Path.of("fuzz")), "The model in 'fuzz' ");
                }
            }
        });
    }

    private static WeightFile weights(SequencedMap<String, List<Integer>> shapes) {
        return SafetensorsFile.of("fuzz", MemorySegment.ofArray(SafetensorsBytes.of(ModelSamples.tensors(shapes, 1))));
    }

    @Test
    void namesOfTensors() {
        byte[] file = SafetensorsBytes.of(List.of(TensorSource.floats("embeddings.LayerNorm.gamma", List.of(2), () -> new float[] {1, 2}),
                TensorSource.floats("encoder.layer.0.output.LayerNorm.beta", List.of(1), () -> new float[] {3}),
                TensorSource.floats("cls.predictions.bias", List.of(1), () -> new float[] {4})));
        List<byte[]> tokens = Mutations.texts("\"", "{", "}", "[", "]", ",", ":", "bert.", "embeddings.LayerNorm.gamma", "embeddings.LayerNorm.weight",
                "LayerNorm.beta",
                "LayerNorm.bias", "encoder.", "module.", "model.", "_orig_mod.", "bert.bert.", ".embeddings.word_embeddings.weight", "F32", "dtype",
                "data_offsets", "shape", "\\u0000", "0", " ");
        new Mutations(tokens).run(List.of(file), "'fuzz'", 300_000, bytes -> {
            WeightFile weights = RenamedWeights.of(SafetensorsFile.of("fuzz", MemorySegment.ofArray(bytes)));
            for (String name : weights.tensors().keySet()) {
                assertEquals(name, weights.info(name).name());
                if (weights.info(name).type().isFloat()) {
                    assertEquals(weights.info(name).elements(), weights.floats(name).length);
                }
            }
        });
    }
}
