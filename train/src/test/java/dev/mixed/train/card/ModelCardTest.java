// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.card;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.train.Evaluation;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.metrics.ClassificationMetrics;
import dev.mixed.train.metrics.MetricsRow;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCardTest {
    private static final List<String> LABELS = List.of("no: \"never\"", "on");

    @TempDir
    Path temp;

    private static ModelCard card(String name, boolean pooler, String model) {
        LabeledText text = new LabeledText("a text", 1);
        Dataset dataset = new Dataset("secret/place/words.csv", LABELS, List.of(text, text, text), List.of(text, text), List.of(text));
        Evaluation test = new Evaluation(0.5, ClassificationMetrics.of(LABELS, new int[] {0, 1, 1, 0}, new int[] {0, 1, 0, 0}));
        RunOptions options = RunOptions.defaults().with(Map.of("data", "secret/place/words.csv", "lr", 2e-5, "amp", true, "epochs", 7, "output", "secret/out"));
        return new ModelCard(name, BertConfig.of(Preset.TINY, 100, LABELS).withClassifier(LABELS, pooler), dataset,
                model == null ? options : options.with("model", model), "epoch 3",
                new MetricsRow(12, 3, "validation", 0.25, null, 0.75, 0.625, null, null, null), test);
    }

    private static JsonNode front(ModelCard card) throws IOException {
        String[] parts = card.markdown().split("(?m)^---$");
        assertEquals("", parts[0]);
        return new YAMLMapper().readTree(parts[1]);
    }

    @Test
    void theHubReadsItsFacts() throws IOException {
        JsonNode facts = front(card("1e3", true, "google/bert_uncased_L-2_H-128_A-2"));
        assertEquals("text-classification", facts.get("pipeline_tag").asText());
        assertEquals("transformers", facts.get("library_name").asText());
        assertEquals("google/bert_uncased_L-2_H-128_A-2", facts.get("base_model").asText());
        JsonNode index = facts.get("model-index").get(0);
        assertTrue(index.get("name").isTextual());
        assertEquals("1e3", index.get("name").asText());
        JsonNode result = index.get("results").get(0);
        assertEquals("text-classification", result.get("task").get("type").asText());
        assertEquals("words.csv", result.get("dataset").get("name").asText());
        assertEquals("accuracy", result.get("metrics").get(0).get("type").asText());
        assertEquals(0.75, result.get("metrics").get(0).get("value").asDouble());
        assertFalse(front(card("x", true, temp.toString())).has("base_model"), "a folder is no model on the hub");
        assertFalse(front(card("x", true, null)).has("base_model"));
    }

    @Test
    void peopleReadDataOptionsScoresAndHowToLoadIt() {
        String card = card("first", true, null).markdown();
        assertTrue(card.contains("\n| loss | 0.2500 | 0.5000 |\n| accuracy | 0.7500 | 0.7500 |\n| macro_f1 | 0.6250 | 0.7333 |\n"), card);
        assertTrue(card.contains("3 texts to learn from, 2 to choose the epoch on, 1 for the test scores"), card);
        assertTrue(card.contains("| `lr` | 0.00002 |") && card.contains("| `amp` | true |") && card.contains("| `epochs` | 7 |"), card);
        assertTrue(card.contains("from random weights") && card.contains("`no: \"never\"`, `on`"), card);
        assertTrue(card.contains("AutoModelForSequenceClassification.from_pretrained") && card.contains("./mixed predict --model FOLDER"), card);
        assertFalse(card.contains("secret"), "where data lie is nobody's business");
        String own = card("first", false, null).markdown();
        assertTrue(own.contains("AutoModel.from_pretrained") && own.contains("labels = [\"no: \\\"never\\\"\", \"on\"]"), own);
    }

    @Test
    void aCardOfOnesOwnStays() throws IOException {
        Path file = temp.resolve("README.md");
        card("first", true, null).write(temp);
        assertTrue(Files.readString(file).contains("\n# first\n"));
        card("second", true, null).write(temp);
        assertTrue(Files.readString(file).contains("\n# second\n"));
        ModelCard.delete(temp);
        assertFalse(Files.exists(file));
        Files.writeString(file, "mine");
        card("third", true, null).write(temp);
        ModelCard.delete(temp);
        assertEquals("mine", Files.readString(file));
    }
}
