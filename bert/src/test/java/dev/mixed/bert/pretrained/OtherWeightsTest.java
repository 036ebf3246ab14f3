// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mixed.io.Messages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherWeightsTest {
    private static final String CONFIG = "{\"model_type\": \"bert\", \"vocab_size\": 5, \"hidden_size\": 2, \"num_hidden_layers\": 1, "
            + "\"num_attention_heads\": 1, \"intermediate_size\": 2}";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "adapter_model.safetensors; holds an adapter alone",
        "adapter_model.bin; holds an adapter alone",
        "model.fp16.safetensors; rename it to model.safetensors",
        "pytorch_model.fp16.bin; rename it to pytorch_model.bin",
        "model-00001-of-00002.safetensors; the index is missing",
        "pytorch_model-00001-of-00002.bin; the index is missing",
        "tf_model.h5; save the model with PyTorch",
        "flax_model.msgpack; save the model with PyTorch",
        "bert_model.ckpt.data-00000-of-00001; save the model with PyTorch",
        "model.onnx; save the model with PyTorch"})
    void whatIsThereInsteadIsNamed(String name, String remedy) throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG);
        Files.createFile(folder.resolve(name));
        Messages.assertRefused(() -> ModelFolder.open(folder), "has no weights: none of model.safetensors, ", "; " + name + " ", remedy);
    }

    @Test
    void otherFilesAreNotTakenForWeights() throws IOException {
        for (String name : new String[] {"vocab.txt", "training_args.bin", "optimizer.pt", "model.safetensors.bak"}) {
            Files.createFile(folder.resolve(name));
        }
        assertFalse(OtherWeights.in(folder).isPresent());
        Files.writeString(folder.resolve("config.json"), CONFIG);
        Messages.assertRefused(() -> ModelFolder.open(folder), "; give the folder of a saved model");
    }
}
