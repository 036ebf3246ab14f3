// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.train.Probabilities;
import dev.mixed.train.data.LabeledText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
    private final List<String> labels;
    private final ObjectMapper mapper = new ObjectMapper();

    /**
     * @param labels the model's classes, in order
     * @param pairs  whether texts come in pairs
     */
    Predictions(PrintWriter out, Format format, List<String> labels, boolean pairs) {
        this.out = out;
        this.format = format;
        this.labels = labels;
        if (format == Format.CSV) {
            List<Object> header = new ArrayList<>(pairs ? List.of("text", "text_pair") : List.of("text"));
            header.addAll(List.of("label", "probability"));
            labels.forEach(label -> header.add("probability of " + label));
            row(header);
        }
    }

    private void row(List<Object> cells) {
        out.println(ROWS.format(cells.toArray()));
    }

    /** @param probabilities of the classes */
    void print(LabeledText text, double[] probabilities) throws JsonProcessingException {
        int best = Probabilities.argmax(probabilities);
        switch (format) {
            case JSON -> {
                ObjectNode node = mapper.createObjectNode().put("text", text.text());
                if (text.pair() != null) {
                    node.put("text_pair", text.pair());
                }
                node.put("label", labels.get(best)).put("probability", probabilities[best]);
                ObjectNode all = node.putObject("probabilities");
                for (int c = 0; c < probabilities.length; c++) {
                    all.put(labels.get(c), probabilities[c]);
                }
                out.println(mapper.writeValueAsString(node));
            }
            case CSV -> {
                String pair = text.pair();
                List<Object> cells = new ArrayList<>(pair == null ? List.of(text.text()) : List.of(text.text(), pair));
                cells.add(labels.get(best));
                cells.add(probabilities[best]);
                for (double probability : probabilities) {
                    cells.add(probability);
                }
                row(cells);
            }
            // A text of several lines would look like several answers.
            case TEXT -> out.println(labels.get(best) + "\t" + String.format(Locale.ROOT, "%.4f", probabilities[best]) + "\t"
                    + text.shown().replaceAll("[\r\n]+", " "));
        }
    }
}
