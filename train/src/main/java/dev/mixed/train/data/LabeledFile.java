// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.io.JsonReason;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;

/**
 * Reads rows with {@code text} and {@code label} from a file, by its ending: {@code .csv} (RFC 4180, with header), {@code .tsv} (IANA
 * text/tab-separated-values, with header; quotes are ordinary characters) or {@code .jsonl} (one JSON object a line).
 */
final class LabeledFile {
    static final List<String> ENDINGS = List.of(".csv", ".tsv", ".jsonl");
    private static final String TEXT = "text";
    private static final String LABEL = "label";
    private static final CSVFormat CSV = CSVFormat.RFC4180.builder()
            .setHeader().setSkipHeaderRecord(true).setIgnoreHeaderCase(true).setIgnoreEmptyLines(true).setTrim(false)
            .setDuplicateHeaderMode(DuplicateHeaderMode.ALLOW_ALL).setAllowMissingColumnNames(true)
            .get();
    private static final CSVFormat TSV = CSV.builder().setDelimiter('\t').setQuote(null).get();
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private LabeledFile() {}

    static List<LabeledRow> read(Path file) {
        return parse(file.toString(), Utf8File.read(file));
    }

    /** @param name file name, whose ending decides on the format */
    static List<LabeledRow> parse(String name, String content) {
        String lower = name.toLowerCase(Locale.ROOT);
        List<LabeledRow> rows;
        if (lower.endsWith(".csv")) {
            rows = delimited(name, content, CSV);
        } else if (lower.endsWith(".tsv")) {
            rows = delimited(name, content, TSV);
        } else if (lower.endsWith(".jsonl")) {
            rows = jsonl(name, content);
        } else {
            throw new UserException(name + " ends with none of .csv, .tsv and .jsonl; rename it to say what it is.");
        }
        if (rows.isEmpty()) {
            throw new UserException(name + " holds no texts; write one row for each text.");
        }
        return rows;
    }

    private static List<LabeledRow> delimited(String name, String content, CSVFormat format) {
        List<LabeledRow> rows = new ArrayList<>();
        long line = 1;
        try (CSVParser parser = CSVParser.parse(new StringReader(content), format)) {
            requireColumn(name, parser, TEXT);
            requireColumn(name, parser, LABEL);
            requireOnce(name, parser, TEXT);
            requireOnce(name, parser, LABEL);
            line = parser.getCurrentLineNumber() + 1;
            for (CSVRecord row : parser) {
                String place = LabeledRow.place(name, line);
                if (!row.isConsistent()) {
                    throw new UserException("%s: %d columns where the header has %d; quote texts that hold a separator."
                            .formatted(place, row.size(), parser.getHeaderNames().size()));
                }
                rows.add(new LabeledRow(place, row.get(TEXT), row.get(LABEL)));
                line = parser.getCurrentLineNumber() + 1;
            }
        } catch (IOException | UncheckedIOException | IllegalStateException | IllegalArgumentException e) {
            throw malformed(LabeledRow.place(name, line), e);
        }
        return rows;
    }

    private static void requireColumn(String name, CSVParser parser, String column) {
        if (!parser.getHeaderMap().containsKey(column)) {
            throw new UserException("%s has no column '%s', its header is %s; the first line must name the columns text and label."
                    .formatted(name, column, LabelSet.list(parser.getHeaderNames())));
        }
    }

    private static void requireOnce(String name, CSVParser parser, String column) {
        if (parser.getHeaderNames().stream().filter(column::equalsIgnoreCase).count() > 1) {
            throw new UserException("%s has more than one column '%s'; rename the others.".formatted(name, column));
        }
    }

    private static UserException malformed(String place, Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String reason = cause.getMessage() == null ? "unreadable"
                : cause.getMessage().lines().findFirst().orElse("").replaceFirst("^\\(startline \\d+\\) ", "");
        return new UserException("%s: malformed row (%s); check its quotes.".formatted(place, reason), e);
    }

    private static List<LabeledRow> jsonl(String name, String content) {
        List<LabeledRow> rows = new ArrayList<>();
        List<String> lines = Utf8File.splitLines(content);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            String place = LabeledRow.place(name, i + 1);
            JsonNode object;
            try {
                object = MAPPER.readTree(lines.get(i));
            } catch (JsonProcessingException e) {
                throw new UserException("%s: not valid JSON (%s); write one object such as {\"text\": \"...\", \"label\": 0} a line."
                        .formatted(place, JsonReason.of(e)), e);
            }
            JsonNode text = object.path(TEXT);
            JsonNode label = object.path(LABEL);
            requireField(place, TEXT, "string", text.isTextual());
            requireField(place, LABEL, "string or whole number", label.isTextual() || label.isIntegralNumber());
            rows.add(new LabeledRow(place, text.textValue(), label.asText()));
        }
        return rows;
    }

    private static void requireField(String place, String field, String type, boolean valid) {
        if (!valid) {
            throw new UserException("%s: no '%s' (a %s); write one object such as {\"text\": \"...\", \"label\": 0} a line."
                    .formatted(place, field, type));
        }
    }
}
