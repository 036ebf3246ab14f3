// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.Delimiter;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the files of one data set, each by its ending, and keeps what the user should know about how they were read. */
final class DataReader {
    private final DataColumns columns;
    private final Set<String> unused = new LinkedHashSet<>();
    private final Set<String> notes = new LinkedHashSet<>();
    /** Whether a column text_pair makes pairs of the rows, unless the columns say otherwise. */
    private final boolean findPairs;
    private @Nullable String pairColumn;
    /** The columns that each stand for a label; empty where one column holds all labels. */
    private List<String> labelColumns = List.of();
    private boolean pointed;
    /** Whether the rows of the last file have labels. */
    private boolean labelled;
    private @Nullable String labelColumn;

    DataReader(DataColumns columns) {
        this(columns, false);
    }

    /** @param findPairs whether a column {@code text_pair} beside {@code text} is read though the columns do not name it */
    DataReader(DataColumns columns, boolean findPairs) {
        this.columns = columns;
        this.findPairs = findPairs && columns.text() == null && columns.header();
        this.pairColumn = columns.pair();
    }

    /** Whether a file holds rows with columns or fields, rather than a text a line. */
    static boolean isTable(Path file, DataColumns columns) {
        return !columns.isDefault() || DataFormat.of(file.toString()).isPresent();
    }

    /** Refuses the ending of JSON that is no table, be it one object a line or an array, so that its lines are not taken for texts. */
    static void requireNoJson(String name) {
        if (name.toLowerCase(Locale.ROOT).endsWith(".json")) {
            throw new UserException(name + " is read as .jsonl only: one JSON object a line; rename or convert it.");
        }
    }

    /** The texts and labels of a file; every row has both. */
    List<LabeledRow> labelled(Path file) {
        return named(rows(file));
    }

    /** @param name file name, whose ending decides on the format */
    List<LabeledRow> labelled(String name, String content) {
        return named(rows(name, content));
    }

    private List<LabeledRow> named(List<RawRow> rows) {
        return rows.stream().map(row -> {
            classified(row);
            return row.named();
        }).toList();
    }

    /** Takes note of labels that are written oddly for the task. */
    void check(TaskKind task, List<RawRow> rows) {
        if (task == TaskKind.CLASSIFICATION) {
            rows.forEach(this::classified);
        }
    }

    private void classified(RawRow row) {
        if (row.form() == LabelForm.WHOLE_FLOAT && !pointed) {
            pointed = true;
            notes.add("Labels with a point such as " + row.label().strip() + " are taken as the classes " + row.form().name(row.place(), row.label())
                    + " and so on.");
        }
    }

    /** The rows of a file as they stand there; every one has its texts and a label. */
    List<RawRow> rows(Path file) {
        return rows(file, Labels.NEEDED);
    }

    /** @param name file name, whose ending decides on the format */
    List<RawRow> rows(String name, String content) {
        List<RawRow> rows = new ArrayList<>();
        read(name, content, Labels.NEEDED, (place, text, pair, form, label) -> rows.add(new RawRow(place, text, pair, form, label)));
        return rows;
    }

    /** The rows of a file that may have labels or not, {@link #labelled} says which: in the column {@code label}, or else {@code score}. */
    List<RawRow> rowsOfPairs(Path file) {
        return rows(file, Labels.WHERE_THERE_ARE);
    }

    private List<RawRow> rows(Path file, Labels labels) {
        List<RawRow> rows = new ArrayList<>();
        Rows each = (place, text, pair, form, label) -> rows.add(new RawRow(place, text, pair, form, label));
        if (ParquetFile.isOne(file)) {
            readObjects(file.toString(), ParquetFile.read(file), labels, each);
        } else {
            read(file.toString(), DataText.read(file), labels, each);
        }
        return rows;
    }

    /** Whether the rows of the last file have labels. */
    boolean labelled() {
        return labelled;
    }

    /** How the files were read. */
    DataColumns columns() {
        return labelColumn == null ? columns.withPair(pairColumn) : columns.withPair(pairColumn).withLabel(labelColumn);
    }

    /** The columns that each stand for a label, as they were asked for; empty where one column holds all labels. */
    List<String> labelColumns() {
        return labelColumns;
    }

    /** The texts of a file, blank ones included; a column of labels may be there. */
    List<String> texts(String name, String content) {
        return unlabelled(name, content).stream().map(LabeledText::text).toList();
    }

    /** The texts of a file, or its pairs of texts, blank ones included; a column of labels may be there. */
    List<LabeledText> unlabelled(String name, String content) {
        List<LabeledText> texts = new ArrayList<>();
        read(name, content, Labels.LEFT, (place, text, pair, form, label) -> texts.add(new LabeledText(text, pair, Target.UNKNOWN)));
        return texts;
    }

    /** {@link #unlabelled(String, String)} of a file. */
    List<LabeledText> unlabelled(Path file) {
        if (!ParquetFile.isOne(file)) {
            return unlabelled(file.toString(), DataText.read(file));
        }
        List<LabeledText> texts = new ArrayList<>();
        readObjects(file.toString(), ParquetFile.read(file), Labels.LEFT,
                (place, text, pair, form, label) -> texts.add(new LabeledText(text, pair, Target.UNKNOWN)));
        return texts;
    }

    /** Tells what the user should know of all files read. */
    void tell(String name, Consumer<String> user) {
        notes.forEach(user);
        if (!unused.isEmpty()) {
            user.accept("Not used of " + name + ": " + (unused.size() == 1 ? "the column " : "the columns ") + LabelSet.list(List.copyOf(unused)) + ".");
        }
    }

    /** The character between the columns of a file whose ending says nothing: the one that makes a header with the column of texts that the user named. */
    private Optional<Delimiter> delimiterOf(String content) {
        String text = columns.text();
        return text == null || !columns.header() ? Optional.empty()
                : HeaderLine.separating(content.lines().findFirst().orElse(""), text).map(Delimiter::new);
    }

    /** Takes a row, of which {@code pair} is null where there are no pairs; a file without labels has the form {@link LabelForm#EMPTY} throughout. */
    interface Rows {
        void add(String place, String text, @Nullable String pair, LabelForm form, String label);
    }

    /** Whether rows have labels. */
    private enum Labels {
        /** Each row needs one. */
        NEEDED,
        /** They are not read. */
        LEFT,
        /** Each row needs one if the file has a column for them. */
        WHERE_THERE_ARE
    }

    /** These columns, with that of scores where labels are optional and stand in no other. */
    private DataColumns columns(Labels labels, Predicate<String> has) {
        DataColumns read = columns.withPair(pairColumn);
        labelled = labels == Labels.NEEDED
                || labels == Labels.WHERE_THERE_ARE && (columns.label() != null || columns.header() && has.test(read.labelName()));
        if (labels == Labels.WHERE_THERE_ARE && !labelled && columns.header() && has.test(DataColumns.SCORE)) {
            labelled = true;
            labelColumn = DataColumns.SCORE;
            return read.withLabel(labelColumn);
        }
        return read;
    }

    private void read(String name, String content, Labels labels, Rows rows) {
        DataFormat format = DataFormat.of(name).orElseGet(() -> {
            requireNoJson(name);
            if (columns.delimiter() == null && delimiterOf(content).isEmpty()) {
                throw new UserException(name + " ends with none of .csv, .tsv, .jsonl and .parquet; rename it to say what it is, or give --delimiter.");
            }
            return DataFormat.CSV;
        });
        boolean found = DataFormat.of(name).isEmpty() && columns.delimiter() == null;
        if (format == DataFormat.CONLL) {
            throw new UserException(name + " holds words with tags, of which a model that learns tags is made; give texts in a .csv, .tsv or .jsonl file.");
        }
        if (format == DataFormat.JSONL) {
            readObjects(name, JsonLines.objects(name, Utf8File.splitLines(DataText.require(name, content))), labels, rows);
            return;
        }
        Delimiter delimiter = columns.delimiter() != null ? columns.delimiter()
                : found ? delimiterOf(content).orElseThrow() : format == DataFormat.TSV ? Delimiter.TAB : Delimiter.COMMA;
        if (found) {
            notes.add("%s is read as columns with %s between them, as its header has.".formatted(name, HeaderLine.shown(delimiter.character())));
        }
        List<DelimitedFile.Fields> records = DelimitedFile.read(name, DataText.require(name, content), delimiter.character(), notes::add);
        if (findPairs && pairColumn == null) {
            pairColumn = DelimitedRows.pairColumn(records);
        }
        DelimitedRows delimited = new DelimitedRows(name, columns(labels, column -> DelimitedRows.hasColumn(records, column)), labelled);
        checked(name, rows, (others, counted) -> delimited.read(records, others, counted));
        labelColumns = delimited.labelColumns();
    }

    private void readObjects(String name, Iterable<PlacedObject> objects, Labels labels, Rows rows) {
        if (findPairs && pairColumn == null) {
            pairColumn = JsonLines.pairField(objects);
        }
        JsonLines fields = new JsonLines(name, columns(labels, field -> JsonLines.hasField(objects, field)), labelled);
        checked(name, rows, (others, counted) -> fields.read(objects, others, counted));
        labelColumns = fields.labelColumns();
    }

    /** Refuses a file without rows, and one with a second text; takes note of columns that are not used. */
    private void checked(String name, Rows rows, BiConsumer<OtherColumns, Rows> read) {
        int[] count = {0};
        OtherColumns others = new OtherColumns();
        read.accept(others, (place, text, pair, form, label) -> {
            count[0]++;
            rows.add(place, text, pair, form, label);
        });
        if (count[0] == 0) {
            throw new UserException(name + " holds no texts; write one row for each text.");
        }
        if (columns.text() == null) {
            others.requireNoText(name, columns.textName());
        }
        unused.addAll(others.names());
    }
}
