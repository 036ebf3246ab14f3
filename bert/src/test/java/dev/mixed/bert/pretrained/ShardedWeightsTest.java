// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.io.Messages;
import dev.mixed.weights.SafetensorsBytes;
import dev.mixed.weights.TensorSource;
import dev.mixed.weights.TorchWriter;
import dev.mixed.weights.WeightFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights in several files, and old names. */
class ShardedWeightsTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void shards() throws Exception {
        Files.write(folder.resolve("config.json"), ModelSamples.config(1).toJson());
        Files.write(folder.resolve("model-1.safetensors"), SafetensorsBytes.of(List.of(
                TensorSource.floats("embeddings.LayerNorm.gamma", List.of(2), () -> new float[] {1, 2}),
                TensorSource.floats("embeddings.LayerNorm.beta", List.of(2), () -> new float[] {3, 4}))));
        Files.write(folder.resolve("model-2.safetensors"), SafetensorsBytes.of(List.of(
                TensorSource.floats("encoder.layer.0.output.dense.bias", List.of(1), () -> new float[] {5}),
                TensorSource.floats("cls.predictions.bias", List.of(1), () -> new float[] {6}))));
        index("""
                {"metadata": {"total_size": 24}, "weight_map": {"embeddings.LayerNorm.gamma": "model-1.safetensors",
                 "encoder.layer.0.output.dense.bias": "model-2.safetensors", "embeddings.LayerNorm.beta": "model-1.safetensors",
                 "cls.predictions.bias": "model-2.safetensors"}}""");
    }

    private void index(String json) throws Exception {
        Files.writeString(folder.resolve("model.safetensors.index.json"), json);
    }

    @Test
    void tensorsComeFromTheirFilesUnderTodaysNames() {
        try (ModelFolder model = ModelFolder.open(folder)) {
            WeightFile weights = model.weights();
            assertEquals(List.of("bert.embeddings.LayerNorm.weight", "bert.encoder.layer.0.output.dense.bias", "bert.embeddings.LayerNorm.bias",
                    "cls.predictions.bias"), List.copyOf(weights.tensors().keySet()));
            assertArrayEquals(new float[] {1, 2}, weights.floats("bert.embeddings.LayerNorm.weight"));
            assertArrayEquals(new float[] {3, 4}, weights.floats("bert.embeddings.LayerNorm.bias"));
            assertArrayEquals(new float[] {5}, weights.floats("bert.encoder.layer.0.output.dense.bias"));
            assertArrayEquals(new float[] {6}, weights.floats("cls.predictions.bias"));
            assertEquals(folder.resolve("model.safetensors.index.json").toString(), weights.file());
        }
    }

    @Test
    void oneFileIsPreferred() throws Exception {
        Files.write(folder.resolve("pytorch_model.bin"), new TorchWriter().tensor("bert.a", List.of(1), 7).legacy());
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertEquals(4, model.weights().tensors().size());
        }
        Files.delete(folder.resolve("model.safetensors.index.json"));
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertArrayEquals(new float[] {7}, model.weights().floats("bert.a"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}|must have an object 'weight_map'",
        "{\"weight_map\": {}}|must have an object 'weight_map'",
        "{\"weight_map\": [1]}|must have an object 'weight_map'",
        "{\"weight_map\": {\"a\": 1}}|must be in a file of this folder, not in 1",
        "{\"weight_map\": {\"\\u009b2J\": \"\\u009b\"}}|'?2J' must be in a file of this folder, not in \"?\"",
        "{\"weight_map\": {\"a\": \"../../etc/passwd\"}}|not in \"../../etc/passwd\"",
        "{\"weight_map\": {\"a\": \"/etc/passwd\"}}|not in \"/etc/passwd\"",
        "{\"weight_map\": {\"a\": \"..\"}}|not in \"..\"",
        "{\"weight_map\": {\"a\": \"model-1.safetensors\"}}|'a' is not in 'model-1.safetensors'",
        "{\"weight_map\": {\"a\": \"model-3.safetensors\"}}|model-3.safetensors' does not exist",
        "{\"weight_map\": {\"a\": \"config.json\"}}|config.json' is not a valid safetensors file",
        "[]|must hold one JSON object"})
    void wrongIndexesAreNamed(String json, String message) throws Exception {
        index(json);
        Messages.assertRefused(() -> ModelFolder.open(folder), folder.toString(), message);
    }

    @Test
    void twoNamesOfOneTensorAreRefused() throws Exception {
        Files.write(folder.resolve("model.safetensors"), SafetensorsBytes.of(List.of(
                TensorSource.floats("bert.embeddings.LayerNorm.gamma", List.of(1), () -> new float[1]),
                TensorSource.floats("bert.embeddings.LayerNorm.weight", List.of(1), () -> new float[1]))));
        Messages.assertRefused(() -> ModelFolder.open(folder), "two names of one tensor", "LayerNorm.gamma", "LayerNorm.weight");
        Files.write(folder.resolve("model.safetensors"), SafetensorsBytes.of(List.of(
                TensorSource.floats("bert.\nLayerNorm.gamma", List.of(1), () -> new float[1]),
                TensorSource.floats("bert.\nLayerNorm.weight", List.of(1), () -> new float[1]))));
        Messages.assertRefused(() -> ModelFolder.open(folder), "'bert.?LayerNorm.gamma' and 'bert.?LayerNorm.weight'");
    }
}
