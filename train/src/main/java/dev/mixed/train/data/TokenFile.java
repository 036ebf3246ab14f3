// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import dev.mixed.train.run.DataColumns;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads sequences of words with a tag for each: CoNLL files, a word and its tag a line with a blank line between sequences, and JSONL and Parquet files of rows with a
 * list of words and one of tags.
 */
final class TokenFile {
    private static final String TOKENS = "tokens";
    private static final List<String> TAGS = List.of("tags", "ner_tags", "pos_tags", "labels", "label");
    private static final String DOCUMENT = "-DOCSTART-";
    private static final String EXAMPLE = "write one object such as {\"tokens\": [\"in\", \"Paris\"], \"tags\": [\"O\", \"B-LOC\"]} a line";

    /**
     * A sequence as a file has it.
     *
     * @param place file and line, for messages
     * @param tags  as many as words; empty where tags were not asked for
     */
    record Row(String place, List<String> words, List<String> tags) {
    }

    private final String name;
    private final DataColumns columns;
    private final boolean labelled;

    /** @param labelled whether each word needs a tag */
    TokenFile(String name, DataColumns columns, boolean labelled) {
        this.name = name;
        this.columns = columns;
        this.labelled = labelled;
    }

    /** Whether a file holds words: by its ending, or by a list of them in its first object. */
    static boolean isOne(Path file, DataColumns columns) {
        Optional<DataFormat> format = DataFormat.of(file.toString());
        if (Files.exists(file) && ParquetFile.isOne(file)) {
            return ParquetFile.first(file).map(row -> row.object().path(wordsField(columns)).isArray()).orElse(false);
        }
        if (format.isEmpty() || !Files.isRegularFile(file)) {
            return false;
        }
        if (format.get() == DataFormat.CONLL) {
            return true;
        }
        if (format.get() != DataFormat.JSONL) {
            return false;
        }
        return Utf8File.splitLines(DataText.read(file)).stream().filter(line -> !line.isBlank()).findFirst()
                .map(line -> JsonLines.isObject(line) && JsonLines.object(file.toString(), line).path(wordsField(columns)).isArray()).orElse(false);
    }

    private static String wordsField(DataColumns columns) {
        return columns.text() != null ? columns.text() : TOKENS;
    }

    /** All sequences of the file, one at least. */
    List<Row> read() {
        Path file = Path.of(name);
        List<Row> rows;
        if (ParquetFile.isOne(file)) {
            rows = objects(ParquetFile.read(file));
        } else {
            List<String> lines = Utf8File.splitLines(DataText.read(file));
            rows = DataFormat.of(name).filter(format -> format == DataFormat.CONLL).isPresent() ? conll(lines) : objects(JsonLines.objects(name, lines));
        }
        if (rows.isEmpty()) {
            throw new UserException(name + " holds no words; write a word and its tag a line.");
        }
        return rows;
    }

    private List<Row> conll(List<String> lines) {
        List<Row> rows = new ArrayList<>();
        List<String> words = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        int first = 0;
        for (int i = 0; i <= lines.size(); i++) {
            String line = i == lines.size() ? "" : lines.get(i);
            if (line.isBlank()) {
                if (!words.isEmpty()) {
                    rows.add(new Row(LabeledRow.place(name, first), List.copyOf(words), List.copyOf(tags)));
                    words.clear();
                    tags.clear();
                }
                continue;
            }
            String place = LabeledRow.place(name, i + 1);
            String[] fields = line.indexOf('\t') >= 0 ? line.split("\t", -1) : line.strip().split(" +", -1);
            if (fields[0].equals(DOCUMENT)) {
                continue;
            }
            first = words.isEmpty() ? i + 1 : first;
            words.add(field(place, line, fields, "--text-column", columns.text(), 1, "word"));
            if (labelled) {
                if (fields.length < 2) {
                    throw new UserException("%s: '%s' has no tag beside the word; write both, with a tab or a blank between them.".formatted(place,
                            Brief.of(line)));
                }
                tags.add(field(place, line, fields, "--label-column", columns.label(), fields.length, "tag"));
            }
        }
        return rows;
    }

    private static String field(String place, String line, String[] fields, String option, @Nullable String chosen, int unless, String what) {
        if (chosen != null && !chosen.matches("[1-9]\\d{0,5}")) {
            throw new UsageException(option + " must be the number of a column, from 1, in a .conll file, not '" + chosen + "'.");
        }
        int column = chosen == null ? unless : Integer.parseInt(chosen);
        String field = column > fields.length ? "" : fields[column - 1].strip();
        if (field.isEmpty()) {
            throw new UserException("%s: '%s' has no %s in column %d; write one.".formatted(place, Brief.of(line), what, column));
        }
        return field;
    }

    private List<Row> objects(Iterable<PlacedObject> objects) {
        List<Row> rows = new ArrayList<>();
        for (PlacedObject placed : objects) {
            String place = placed.place();
            ObjectNode object = placed.object();
            List<String> words = list(place, object, wordsField(columns), "word");
            List<String> tags = labelled ? list(place, object, tagsField(place, object), "tag") : List.of();
            if (words.isEmpty()) {
                throw new UserException(place + ": the list of words is empty; write some or delete the row.");
            }
            if (labelled && words.size() != tags.size()) {
                throw new UserException("%s: %d words and %d tags; write one tag for each word.".formatted(place, words.size(), tags.size()));
            }
            rows.add(new Row(place, words, tags));
        }
        return rows;
    }

    private String tagsField(String place, ObjectNode object) {
        String chosen = columns.label();
        return chosen != null ? chosen
                : TAGS.stream().filter(object::has).findFirst().orElseThrow(() -> new UserException("%s: no '%s'; %s, or give --label-column."
                        .formatted(place, TAGS.getFirst(), EXAMPLE)));
    }

    private static List<String> list(String place, ObjectNode object, String field, String what) {
        JsonNode list = object.path(field);
        if (!list.isArray()) {
            throw new UserException("%s: no '%s' (a list); %s.".formatted(place, Brief.of(field), EXAMPLE));
        }
        List<String> parts = new ArrayList<>();
        for (JsonNode part : list) {
            if (!part.isTextual() && !(part.isIntegralNumber() && what.equals("tag")) || part.asText().isBlank()) {
                throw new UserException("%s: a %s in '%s' is %s; write a string.".formatted(place, what, Brief.of(field),
                        part.isTextual() ? "empty" : Brief.of(part.toString())));
            }
            parts.add(part.asText());
        }
        return parts;
    }
}
