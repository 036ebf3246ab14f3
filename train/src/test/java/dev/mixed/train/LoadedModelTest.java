// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.amp.Precision;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Vocabulary;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.Messages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that is refused keeps nothing open: the memory of native tokenizers is none of the JVM's. */
class LoadedModelTest {
    @TempDir
    private Path temp;

    private void assertClosedWhenRefused(Path model, BertTokenizer tokenizer, String message) {
        try (Device device = JvmDevice.open(1)) {
            Messages.assertRefused(() -> LoadedModel.open(model, device, Precision.FP32, folder -> tokenizer), message);
        }
        assertThrows(IllegalStateException.class, () -> tokenizer.encode("rain", 8), message + ": the tokenizer is still open");
    }

    @Test
    void theTokenizerOfARefusedModelIsClosed() throws IOException {
        Path model = Toy.model(temp, List.of("weather", "food"));
        List<String> tokens;
        try (BertTokenizer toy = Toy.tokenizer()) {
            tokens = Stream.concat(toy.vocabulary().tokens().stream(), IntStream.range(0, 9).mapToObj(i -> "more" + i)).toList();
        }
        assertClosedWhenRefused(model, BertTokenizer.of(Vocabulary.of("larger", tokens)), "put the vocabulary there that belongs to it");
        Path config = model.resolve("config.json");
        String json = Files.readString(config);
        Files.writeString(config, json.replaceFirst("\\{", "{\"problem_type\": \"regression\","));
        assertClosedWhenRefused(model, Toy.tokenizer(), "was made for regression");
        Files.writeString(config, json.replace("\"intermediate_size\": 12", "\"intermediate_size\": 16"));
        assertClosedWhenRefused(model, Toy.tokenizer(), "does not fit the model");
        Files.writeString(config, json);
        BertTokenizer tokenizer = Toy.tokenizer();
        try (Device device = JvmDevice.open(1); LoadedModel loaded = LoadedModel.open(model, device, Precision.FP32, folder -> tokenizer)) {
            assertEquals(1, loaded.predict(List.of("rain"), 1, 8).length);
        }
        assertThrows(IllegalStateException.class, () -> tokenizer.encode("rain", 8));
    }

    @Test
    void aClosedModelSaysSo() throws IOException {
        Path folder = Toy.model(temp, List.of("weather", "food"));
        try (Device device = JvmDevice.open(1)) {
            LoadedModel loaded = LoadedModel.open(folder, device);
            loaded.close();
            loaded.close();
            String message = "this model is closed; open its folder again";
            assertEquals(message, assertThrows(IllegalStateException.class, () -> loaded.predict(List.of("rain"), 1, 8)).getMessage());
        }
    }
}
