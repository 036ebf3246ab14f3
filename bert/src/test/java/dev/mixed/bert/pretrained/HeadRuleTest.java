// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.io.Messages;
import dev.mixed.weights.SafetensorsBytes;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.WeightFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Walks through the table of heads: what a folder holds, which row decides, and what users are told. */
class HeadRuleTest {
    private static final String POOLED = "[\"BertForSequenceClassification\"]";
    private static final String PLAIN = "[\"BertModel\"]";
    private static final String POOLER = "bert.pooler.dense.weight 4 4,bert.pooler.dense.bias 4,";
    private static final String TAGS = "\"id2label\": {\"0\": \"B-PER\", \"1\": \"I-PER\", \"2\": \"O\"}";

    /**
     * A folder and what is made of it.
     *
     * @param architectures raw JSON
     * @param config        more of it, without a comma around
     * @param tensors       beside the encoder: names with shapes
     * @param message       a part of the refusal; empty where the model loads
     */
    record Case(HeadRule rule, String architectures, String config, String tensors, String message) {
        BertConfig parsed() {
            return BertConfig.parse("config.json", json().getBytes(StandardCharsets.UTF_8));
        }

        String json() {
            return """
                    {"model_type": "bert", "vocab_size": 9, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 5,
                     "max_position_embeddings": 6, "architectures": %s%s}""".formatted(architectures, config.isEmpty() ? "" : ", " + config);
        }

        byte[] file() {
            SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>(TensorNames.encoder(parsed()));
            for (String tensor : tensors.split(",")) {
                String[] words = tensor.strip().split(" ");
                if (words.length > 1) {
                    shapes.put(words[0], Arrays.stream(words).skip(1).map(Integer::valueOf).toList());
                }
            }
            return SafetensorsBytes.of(ModelSamples.tensors(shapes, 1));
        }

        WeightFile weights() {
            return RenamedWeights.of(SafetensorsFile.of("model.safetensors", MemorySegment.ofArray(file())));
        }
    }

    private static String classifier(int outputs) {
        return "classifier.weight " + outputs + " 4,classifier.bias " + outputs;
    }

    static Stream<Case> cases() {
        String three = "\"num_labels\": 3";
        return Stream.of(
                new Case(HeadRule.SEVERAL, "[\"BertModel\", \"BertForSequenceClassification\"]", three, POOLER + classifier(3), "heads of different kinds"),
                new Case(HeadRule.SEVERAL, "[\"BertForSequenceClassification\", \"Mine\"]", three, POOLER + classifier(3), "leave the one"),
                new Case(HeadRule.TOKENS, "[\"BertForTokenClassification\"]", three, classifier(3), ""),
                new Case(HeadRule.TOKENS, "[\"BertForTokenClassification\"]", "", POOLER + classifier(2), ""),
                new Case(HeadRule.TOKENS, "[\"BertForTokenClassification\"]", "\"num_labels\": 1", classifier(1), ""),
                new Case(HeadRule.TOKEN_OUTPUTS, "[\"BertForTokenClassification\"]", three, classifier(4), "a classifier of 4 outputs"),
                new Case(HeadRule.OTHER_TOKENS, "[\"MyForTokenClassification\"]", three, POOLER + classifier(3), "MyForTokenClassification"),
                new Case(HeadRule.CHOICES, "[\"BertForMultipleChoice\"]", "", POOLER + classifier(1), "is for multiple choice"),
                new Case(HeadRule.ANSWERS, "[\"BertForQuestionAnswering\"]", "", "qa_outputs.weight 2 4,qa_outputs.bias 2", "is for question answering"),
                new Case(HeadRule.ANSWERS, "null", "", "qa_outputs.weight 2 4,qa_outputs.bias 2", "is for question answering (no architectures)"),
                new Case(HeadRule.SENTENCES, "[\"BertForNextSentencePrediction\"]", "", POOLER + "cls.seq_relationship.weight 2 4", "next sentence prediction"),
                new Case(HeadRule.OTHER_HEAD, "[\"Mine\"]", three, POOLER + "fc.weight 3 4,fc.bias 3", "a head with 'fc.weight'"),
                new Case(HeadRule.OTHER_HEAD, POOLED, three, POOLER + "classifier.0.weight 3 4", "a head with 'classifier.0.weight'"),
                new Case(HeadRule.OTHER_HEAD, "null", three, "classifier.out_proj.weight 3 4,classifier.dense.weight 4 4",
                        "has no classifier that miXed knows"),
                new Case(HeadRule.ENCODER, PLAIN, "", "", "has no classifier yet; train it first: ./mixed train --model"),
                new Case(HeadRule.VECTORS, PLAIN,
                        "\"mixed_embeddings\": {\"pooling\": \"mean\", \"normalize\": false, \"loss\": \"cosine\", \"scores\": [0, 1]}", POOLER, ""),
                new Case(HeadRule.OWN, PLAIN,
                        "\"mixed_embeddings\": {\"pooling\": \"cls\", \"normalize\": true, \"loss\": \"contrastive\", \"scores\": [0, 1]}", classifier(1),
                        ""),
                new Case(HeadRule.WORDS, "[\"BertForMaskedLM\"]", "", "cls.predictions.bias 9,cls.predictions.transform.dense.weight 4 4,"
                        + "cls.predictions.transform.dense.bias 4,cls.predictions.transform.LayerNorm.weight 4,cls.predictions.transform.LayerNorm.bias 4", ""),
                new Case(HeadRule.ENCODER, "[\"BertForMaskedLM\"]", "", "cls.predictions.bias 9", "has no classifier yet"),
                new Case(HeadRule.ENCODER, "[\"BertModel\", \"BertForMaskedLM\"]", "", "", "has no classifier yet"),
                new Case(HeadRule.ENCODER, POOLED, "", POOLER, "has no classifier yet"),
                new Case(HeadRule.WIDTH, POOLED, three, POOLER + "classifier.weight 3 8,classifier.bias 3", "of shape [3, 8], but its encoder gives 4 values"),
                new Case(HeadRule.WIDTH, "null", three, POOLER + "classifier.weight 3,classifier.bias 3", "of shape [3]"),
                new Case(HeadRule.SEQUENCES, POOLED, "\"problem_type\": \"regression\", \"num_labels\": 1", POOLER + classifier(1), ""),
                new Case(HeadRule.OWN, PLAIN, "\"problem_type\": \"regression\", \"num_labels\": 1", classifier(1), ""),
                new Case(HeadRule.OUTPUTS, POOLED, "\"problem_type\": \"regression\", \"num_labels\": 1", POOLER + classifier(2), "a classifier of 2 outputs"),
                new Case(HeadRule.REGRESSION, POOLED, "\"problem_type\": \"regression\", " + three, POOLER + classifier(3), "for regression to 3 numbers"),
                new Case(HeadRule.SEQUENCES, POOLED, "\"problem_type\": \"multi_label_classification\", " + three, POOLER + classifier(3), ""),
                new Case(HeadRule.SEQUENCES, POOLED, "\"problem_type\": \"multi_label_classification\", \"num_labels\": 1", POOLER + classifier(1), ""),
                new Case(HeadRule.POOLER, "null", "\"problem_type\": \"multi_label_classification\", " + three, POOLER + classifier(3), ""),
                new Case(HeadRule.OWN, PLAIN, "\"problem_type\": \"multi_label_classification\"", classifier(2), ""),
                new Case(HeadRule.OWN_OUTPUTS, PLAIN, "\"problem_type\": \"multi_label_classification\"", classifier(1), "a classifier of 1 outputs"),
                new Case(HeadRule.PROBLEM, POOLED, "\"problem_type\": \"ranking\", " + three, POOLER + classifier(3), "the problem_type 'ranking'"),
                new Case(HeadRule.PROBLEM, PLAIN, "\"problem_type\": 3, " + three, classifier(3), "the problem_type '3'"),
                new Case(HeadRule.ONE_OUTPUT, "[\"BertForRanking\"]", "\"num_labels\": 1", POOLER + classifier(1), "has one output"),
                new Case(HeadRule.ONE_OUTPUT, POOLED, "\"num_labels\": 1", POOLER + classifier(1), "regression or ranking"),
                new Case(HeadRule.ONE_OUTPUT, "null", "", POOLER + classifier(1), "has one output (no architectures)"),
                new Case(HeadRule.ONE_OUTPUT, PLAIN, "\"num_labels\": 1", classifier(1), "has one output"),
                new Case(HeadRule.ONE_OUTPUT, PLAIN, three, classifier(1), "has one output"),
                new Case(HeadRule.OWN_WITH_POOLER, PLAIN, three, POOLER + classifier(3), "reads [CLS] or the pooler"),
                new Case(HeadRule.OWN_OUTPUTS, PLAIN, "", classifier(2), "a classifier of 2 outputs, but its config.json names 2 classes"),
                new Case(HeadRule.OWN_OUTPUTS, PLAIN, three, classifier(4), "a classifier of 4 outputs, but its config.json names 3 classes"),
                new Case(HeadRule.OWN, PLAIN, "", classifier(1), ""),
                new Case(HeadRule.OWN, PLAIN, three, classifier(3), ""),
                new Case(HeadRule.OWN, PLAIN, TAGS, classifier(3), ""),
                new Case(HeadRule.OUTPUTS, POOLED, three, POOLER + classifier(4), "a classifier of 4 outputs, but its config.json names 3 classes (LABEL_0, "),
                new Case(HeadRule.OUTPUTS, "null", "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}, " + three, POOLER + classifier(3), "names 2 classes (a, b)"),
                new Case(HeadRule.SEQUENCES, POOLED, three, POOLER + classifier(3), ""),
                new Case(HeadRule.SEQUENCES, POOLED, "", POOLER + classifier(2) + ",cls.predictions.bias 9", ""),
                new Case(HeadRule.SEQUENCES, POOLED, TAGS + ", \"num_labels\": 7", POOLER + classifier(3), ""),
                new Case(HeadRule.SEQUENCES, POOLED, "\"problem_type\": \"single_label_classification\"", POOLER + classifier(2), ""),
                new Case(HeadRule.NO_POOLER, POOLED, three, classifier(3), "lacks the pooler that it reads (bert.pooler.dense.weight)"),
                new Case(HeadRule.TAGS, "[\"BertForNer\"]", TAGS, POOLER + classifier(3), "seems to be for token classification"),
                new Case(HeadRule.TAGS, "null", TAGS, classifier(3), "(B-PER, I-PER, O)"),
                new Case(HeadRule.POOLER, "[\"BertForReviewRating\"]", three, POOLER + classifier(3), ""),
                new Case(HeadRule.POOLER, "null", three, POOLER + classifier(3), ""),
                new Case(HeadRule.POOLER, "[]", "", POOLER + classifier(2), ""),
                new Case(HeadRule.POOLER, "[\"BertForPreTraining\"]", three, POOLER + classifier(3), ""),
                new Case(HeadRule.UNDECIDED, "null", three, classifier(3), "may be for token classification"),
                new Case(HeadRule.UNDECIDED, "[\"BertForMaskedLM\"]", three, classifier(3), "no pooler"),
                new Case(HeadRule.UNDECIDED, "[\"Mine\"]", "", classifier(2), "it has architectures Mine and no pooler"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theRowDecides(Case c, @TempDir Path temp) throws IOException {
        assertEquals(c.rule(), HeadRule.of(HeadEvidence.of(c.parsed(), c.weights())));
        Path folder = Files.createDirectory(temp.resolve("a model"));
        Files.writeString(folder.resolve("config.json"), c.json());
        Files.write(folder.resolve("model.safetensors"), c.file());
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertEquals(c.rule().head(), model.head());
            assertEquals(c.rule() == HeadRule.POOLER ? 1 : 0, model.notes().size(), () -> model.notes().toString());
            assertEquals(c.message().isEmpty(), c.rule().head() != Head.NONE);
            if (model.head() == Head.NONE) {
                Messages.assertRefused(model::requireClassifier, "The model in '" + folder + "' ", c.message());
            } else {
                model.requireClassifier();
                assertEquals(model.head() == Head.POOLER, model.config().hasPooler());
                assertEquals(c.parsed().labels(), model.config().labels());
                CheckpointFit.check(model.weights(), model.config());
            }
        }
    }

    @Test
    void everyRowIsMet() {
        assertEquals(EnumSet.allOf(HeadRule.class), cases().map(Case::rule).collect(Collectors.toCollection(() -> EnumSet.noneOf(HeadRule.class))));
    }

    @ParameterizedTest
    @EnumSource
    void everyRowHasItsWords(HeadRule rule) {
        assertFalse(rule.when().isBlank() || rule.when().contains("|"), rule.when());
    }

    /** Folders with blanks and quotes in their names stay one word of the command. */
    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {"runs/a,--model runs/a.", "my model,--model 'my model'.", "it's,--model 'it'\\''s'."})
    void theCommandThatTrainsIsReadyToRun(String folder, String end) {
        Case encoder = new Case(HeadRule.ENCODER, PLAIN, "", "", "");
        Messages.assertRefused(() -> HeadDecision.of(encoder.parsed(), encoder.weights()).require(Path.of(folder)), end);
    }

    /** What names no classes has no head, but an encoder to start from. */
    @Test
    void wrongNamesOfClassesLeaveTheEncoder(@TempDir Path folder) throws IOException {
        Case gap = new Case(HeadRule.OUTPUTS, POOLED, "\"id2label\": {\"0\": \"a\", \"2\": \"c\"}", POOLER + classifier(2), "");
        Files.writeString(folder.resolve("config.json"), gap.json());
        Files.write(folder.resolve("model.safetensors"),
                new Case(HeadRule.OUTPUTS, POOLED, "", POOLER + classifier(2), "").file());
        Messages.assertRefused(() -> ModelFolder.open(folder), "config.json", "number the classes from 0");
        try (ModelFolder model = ModelFolder.openEncoder(folder)) {
            assertEquals(Head.NONE, model.head());
            Messages.assertRefused(model::requireClassifier, "no usable names of classes", "number the classes from 0");
            assertTrue(model.weights().tensors().containsKey(TensorNames.POOLER_WEIGHT));
        }
    }
}
