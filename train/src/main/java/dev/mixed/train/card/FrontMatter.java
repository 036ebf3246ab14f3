// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.card;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mixed.bert.config.BertConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The facts about a model that Hugging Face's hub reads from the head of its card. */
final class FrontMatter {
    /** With all strings in quotes: a model may be called 1e3 or no. */
    private static final YAMLMapper YAML = new YAMLMapper();

    /** What the hub calls scores, for the last part of miXed's names, which begin with the way of averaging. */
    private static final Map<String, String> METRICS = Map.ofEntries(Map.entry("accuracy", "accuracy"), Map.entry("f1", "f1"),
            Map.entry("precision", "precision"), Map.entry("recall", "recall"), Map.entry("mcc", "matthews_correlation"), Map.entry("auc", "roc_auc"),
            Map.entry("pearson", "pearsonr"), Map.entry("spearman", "spearmanr"), Map.entry("mse", "mse"), Map.entry("mae", "mae"),
            Map.entry("r2", "r_squared"), Map.entry("perplexity", "perplexity"));

    /**
     * A task of the hub.
     *
     * @param id   as in {@code pipeline_tag}
     * @param name for people
     */
    private record HubTask(String id, String name) {
    }

    private FrontMatter() {
    }

    /** With the lines of dashes around it. */
    static String of(ModelCard card) {
        ObjectNode facts = YAML.createObjectNode();
        HubTask task = task(card.config());
        facts.put("library_name", "transformers");
        facts.put("pipeline_tag", task.id);
        facts.putArray("tags").add("bert").add("miXed");
        String model = card.options().model().name();
        if (model != null && !ModelCard.isFolder(model)) {
            facts.put("base_model", model);
        }
        card.hubDataset().ifPresent(name -> facts.putArray("datasets").add(name));
        ArrayNode metrics = YAML.createArrayNode();
        Set<String> used = new LinkedHashSet<>();
        card.test().scores().all().forEach((name, value) -> {
            String type = METRICS.get(name.substring(name.lastIndexOf('_') + 1));
            if (type != null && Double.isFinite(value)) {
                used.add(type);
                metrics.addObject().put("type", type).put("value", value).put("name", name);
            }
        });
        List.copyOf(used).forEach(facts.putArray("metrics")::add);
        ObjectNode result = facts.putArray("model-index").addObject().put("name", card.name()).putArray("results").addObject();
        result.putObject("task").put("type", task.id).put("name", task.name);
        result.putObject("dataset").put("name", card.dataName())
                .put("type", card.hubDataset().orElseGet(() -> card.dataName().replaceAll("[^A-Za-z0-9._-]+", "-"))).put("split", "test");
        result.set("metrics", metrics);
        if (metrics.isEmpty()) {
            new ArrayList<>(List.of("model-index", "metrics")).forEach(facts::remove);
        }
        try {
            return YAML.writeValueAsString(facts) + "---\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static HubTask task(BertConfig config) {
        return config.hasVectors() ? new HubTask("sentence-similarity", "Sentence Similarity") : config.hasWords() ? new HubTask("fill-mask", "Fill-Mask")
                : config.hasTokens() ? new HubTask("token-classification", "Token Classification")
                        : new HubTask("text-classification", "Text Classification");
    }
}
