// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.Delimiter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/** Reads the files of one data set, each by its ending, and keeps what the user should know about how they were read. */
final class DataReader {
    private final DataColumns columns;
    private final Set<String> unused = new LinkedHashSet<>();
    private final Set<String> notes = new LinkedHashSet<>();
    private boolean pointed;

    DataReader(DataColumns columns) {
        this.columns = columns;
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
        return labelled(file.toString(), DataText.read(file));
    }

    /** @param name file name, whose ending decides on the format */
    List<LabeledRow> labelled(String name, String content) {
        List<LabeledRow> rows = new ArrayList<>();
        read(name, content, true, (place, text, form, label) -> {
            rows.add(new LabeledRow(place, text, form.name(place, label)));
            if (form == LabelForm.WHOLE_FLOAT && !pointed) {
                pointed = true;
                notes.add("Labels with a point such as " + label.strip() + " are taken as the classes " + form.name(place, label) + " and so on.");
            }
        });
        return rows;
    }

    /** The texts of a file, blank ones included; a column of labels may be there. */
    List<String> texts(String name, String content) {
        List<String> texts = new ArrayList<>();
        read(name, content, false, (place, text, form, label) -> texts.add(text));
        return texts;
    }

    /** Tells what the user should know of all files read. */
    void tell(String name, Consumer<String> user) {
        notes.forEach(user);
        if (!unused.isEmpty()) {
            user.accept("Not used of " + name + ": " + (unused.size() == 1 ? "the column " : "the columns ") + LabelSet.list(List.copyOf(unused)) + ".");
        }
    }

    /** Takes a row; a file without labels has the form {@link LabelForm#EMPTY} throughout. */
    interface Rows {
        void add(String place, String text, LabelForm form, String label);
    }

    private void read(String name, String content, boolean labelled, Rows rows) {
        DataFormat format = DataFormat.of(name).orElseGet(() -> {
            requireNoJson(name);
            if (columns.delimiter() == null) {
                throw new UserException(name + " ends with none of .csv, .tsv and .jsonl; rename it to say what it is, or give --delimiter.");
            }
            return DataFormat.CSV;
        });
        int[] count = {0};
        Rows counted = (place, text, form, label) -> {
            count[0]++;
            rows.add(place, text, form, label);
        };
        OtherColumns others = new OtherColumns();
        String text = columns.textName();
        if (format == DataFormat.JSONL) {
            new JsonLines(name, columns, labelled).read(Utf8File.splitLines(DataText.require(name, content)), others, counted);
        } else {
            Delimiter delimiter = columns.delimiter() != null ? columns.delimiter() : format == DataFormat.TSV ? Delimiter.TAB : Delimiter.COMMA;
            List<DelimitedFile.Fields> records = DelimitedFile.read(name, DataText.require(name, content), delimiter.character(), notes::add);
            new DelimitedRows(name, columns, labelled).read(records, others, counted);
        }
        if (count[0] == 0) {
            throw new UserException(name + " holds no texts; write one row for each text.");
        }
        if (columns.text() == null) {
            others.requireNoText(name, text);
        }
        unused.addAll(others.names());
    }
}
