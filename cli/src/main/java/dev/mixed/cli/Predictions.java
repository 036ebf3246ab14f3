// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.train.ClassificationTask;
import dev.mixed.train.GuessPrediction;
import dev.mixed.train.LabelPrediction;
import dev.mixed.train.MaskedLmTask;
import dev.mixed.train.MultiLabelTask;
import dev.mixed.train.Prediction;
import dev.mixed.train.TagPrediction;
import dev.mixed.train.Task;
import dev.mixed.train.TokenTask;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.TokenizedDataset;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;

/** Prints what a model makes of texts, one a line; in CSV, a text may hold line ends itself. */
final class Predictions {
    /** How they are printed. */
    enum Format {
        /** For people: class, probability and text. */
        TEXT,
        /** An object a line. */
        JSON,
        /** Rows under a header, as RFC 4180 has them, but with line feeds. */
        CSV
    }

    private static final CSVFormat ROWS = CSVFormat.RFC4180.builder().setRecordSeparator("\n").get();

    private final PrintWriter out;
    private final Format format;
    private final Task<?> task;
    /** The names of classes or labels, of which each has a probability; empty where there are none. */
    private final List<String> labels;
    private final ObjectMapper mapper = new ObjectMapper();

    /**
     * @param task  of the model
     * @param pairs whether texts come in pairs
     */
    Predictions(PrintWriter out, Format format, Task<?> task, boolean pairs) {
        this.out = out;
        this.format = format;
        this.task = task;
        this.labels = task instanceof ClassificationTask c ? c.classes() : task instanceof MultiLabelTask m ? m.labels() : List.of();
        if (format == Format.CSV) {
            List<Object> header = new ArrayList<>(pairs ? List.of("text", "text_pair") : List.of("text"));
            header.addAll(task instanceof ClassificationTask ? List.of("label", "probability")
                    : task instanceof MultiLabelTask ? List.of("labels") : task instanceof TokenTask ? List.of("tokens", "tags")
                            : task instanceof MaskedLmTask ? List.of("guesses") : List.of("score"));
            labels.forEach(label -> header.add("probability of " + label));
            row(header);
        }
    }

    private void row(List<Object> cells) {
        out.println(ROWS.format(cells.toArray()));
    }

    /** @param outputs of the model for the text at {@code index} of {@code data}, which is {@code text} */
    void print(LabeledText text, TokenizedDataset data, int index, float[] outputs) throws JsonProcessingException {
        switch (task.prediction(data, index, outputs)) {
            case Prediction p -> print(text, p);
            case LabelPrediction p -> print(text, p);
            case TagPrediction p -> print(text, p);
            case List<?> guesses -> print(text, guesses.stream().map(GuessPrediction.class::cast).toList());
            case Double score -> print(text, score);
            default -> throw new IllegalStateException("no command prints " + task.getClass());
        }
    }

    private void print(LabeledText text, Prediction p) throws JsonProcessingException {
        switch (format) {
            case JSON -> {
                ObjectNode node = object(text).put("label", p.label()).put("probability", p.probability());
                probabilities(node, p.probabilities());
                out.println(mapper.writeValueAsString(node));
            }
            case CSV -> {
                List<Object> cells = cells(text);
                cells.add(p.label());
                cells.add(p.probability());
                cells.addAll(p.probabilities());
                row(cells);
            }
            case TEXT -> out.println(p.label() + "\t" + String.format(Locale.ROOT, "%.4f", p.probability()) + "\t" + line(text));
        }
    }

    private void print(LabeledText text, LabelPrediction p) throws JsonProcessingException {
        switch (format) {
            case JSON -> {
                ObjectNode node = object(text);
                p.labels().forEach(node.putArray("labels")::add);
                probabilities(node, p.probabilities());
                out.println(mapper.writeValueAsString(node));
            }
            case CSV -> {
                List<Object> cells = cells(text);
                cells.add(mapper.writeValueAsString(p.labels()));
                cells.addAll(p.probabilities());
                row(cells);
            }
            case TEXT -> out.println((p.labels().isEmpty() ? "-" : String.join(",", p.labels())) + "\t" + line(text));
        }
    }

    private void print(LabeledText text, TagPrediction p) throws JsonProcessingException {
        switch (format) {
            case JSON -> {
                ObjectNode node = object(text);
                p.words().forEach(node.putArray("tokens")::add);
                p.tags().forEach(node.putArray("tags")::add);
                ArrayNode entities = node.putArray("entities");
                p.entities().forEach(e -> entities.addObject().put("type", e.type()).put("text", String.join(" ", p.words().subList(e.first(), e.last() + 1)))
                        .put("first", e.first()).put("last", e.last()));
                out.println(mapper.writeValueAsString(node));
            }
            case CSV -> {
                List<Object> cells = cells(text);
                cells.add(mapper.writeValueAsString(p.words()));
                cells.add(mapper.writeValueAsString(p.tags()));
                row(cells);
            }
            case TEXT -> out.println(IntStream.range(0, p.words().size()).mapToObj(w -> p.words().get(w) + "/" + p.tags().get(w))
                    .collect(Collectors.joining(" ")));
        }
    }

    private void print(LabeledText text, List<GuessPrediction> guesses) throws JsonProcessingException {
        switch (format) {
            case JSON -> {
                ObjectNode node = object(text);
                ArrayNode all = node.putArray("guesses");
                for (GuessPrediction guess : guesses) {
                    ArrayNode words = all.addArray();
                    for (int i = 0; i < guess.tokens().size(); i++) {
                        words.addObject().put("token", guess.tokens().get(i)).put("probability", guess.probabilities().get(i));
                    }
                }
                out.println(mapper.writeValueAsString(node));
            }
            case CSV -> {
                List<Object> cells = cells(text);
                cells.add(mapper.writeValueAsString(guesses.stream().map(GuessPrediction::tokens).toList()));
                row(cells);
            }
            case TEXT -> out.println((guesses.isEmpty() ? "no [MASK]" : guesses.stream().map(guess -> String.join(",", guess.tokens()))
                    .collect(Collectors.joining(" "))) + "\t" + line(text));
        }
    }

    private void print(LabeledText text, double score) throws JsonProcessingException {
        switch (format) {
            case JSON -> out.println(mapper.writeValueAsString(object(text).put("score", score)));
            case CSV -> {
                List<Object> cells = cells(text);
                cells.add(score);
                row(cells);
            }
            case TEXT -> out.println(String.format(Locale.ROOT, "%.4f", score) + "\t" + line(text));
        }
    }

    private ObjectNode object(LabeledText text) {
        ObjectNode node = mapper.createObjectNode().put("text", text.text());
        return text.pair() == null ? node : node.put("text_pair", text.pair());
    }

    private void probabilities(ObjectNode node, List<Double> probabilities) {
        ObjectNode all = node.putObject("probabilities");
        for (int c = 0; c < probabilities.size(); c++) {
            all.put(labels.get(c), probabilities.get(c));
        }
    }

    private static List<Object> cells(LabeledText text) {
        String pair = text.pair();
        return new ArrayList<>(pair == null ? List.of(text.text()) : List.of(text.text(), pair));
    }

    /** A text of several lines would look like several answers. */
    private static String line(LabeledText text) {
        return text.shown().replaceAll("[\r\n]+", " ");
    }
}
