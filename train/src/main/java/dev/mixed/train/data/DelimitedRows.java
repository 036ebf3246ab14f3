// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.run.DataColumns;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Finds the columns of texts and labels among the records of a delimited file. */
final class DelimitedRows {
    private final String name;
    private final DataColumns columns;
    private final boolean labelled;
    private List<String> labelColumns = List.of();

    /** @param labelled whether each row needs a label */
    DelimitedRows(String name, DataColumns columns, boolean labelled) {
        this.name = name;
        this.columns = columns;
        this.labelled = labelled;
    }

    void read(List<DelimitedFile.Fields> records, OtherColumns others, DataReader.Rows rows) {
        if (records.isEmpty()) {
            return;
        }
        List<String> first = records.getFirst().values();
        List<String> header = columns.header() ? first.stream().map(String::strip).toList() : numbers(first.size());
        int text = columns.header() ? named(header, "--text-column", columns.text(), columns.textName())
                : numbered(header, "--text-column", columns.text(), !labelled && header.size() == 1);
        int pair = columns.pair() == null ? -1
                : columns.header() ? named(header, "--pair-column", columns.pair(), columns.pair())
                        : numbered(header, "--pair-column", columns.pair(), false);
        List<String> several = columns.header() && !header.contains(columns.labelName()) ? LabelColumns.of(columns.label()) : List.of();
        int[] labels = several.stream().mapToInt(column -> named(header, "--label-column", column, column)).toArray();
        labelColumns = several;
        int label = !labelled || !several.isEmpty() ? -1
                : columns.header() ? named(header, "--label-column", columns.label(), columns.labelName())
                        : numbered(header, "--label-column", columns.label(), false);
        if (text == label) {
            throw new UsageException("--text-column and --label-column both name the column '" + header.get(text) + "' of " + name + "; give two.");
        }
        if (pair >= 0 && (pair == text || pair == label)) {
            throw new UsageException("--pair-column and --" + (pair == text ? "text" : "label") + "-column both name the column '" + header.get(pair) + "' of "
                    + name + "; give two.");
        }
        if (!columns.header()) {
            requireNoHeader(first, text, label);
        }
        for (DelimitedFile.Fields record : columns.header() ? records.subList(1, records.size()) : records) {
            String place = LabeledRow.place(name, record.line());
            List<String> values = record.values();
            if (columns.header() && values.size() > 1 && values.stream().map(String::strip).toList().equals(header)) {
                throw new UserException(place + ": the row repeats the header; delete it.");
            }
            for (int i = 0; i < values.size(); i++) {
                int column = i;
                boolean known = i == text || i == pair || i == label || IntStream.of(labels).anyMatch(l -> l == column)
                        || label < 0 && header.get(i).equalsIgnoreCase(columns.labelName());
                if (!known) {
                    others.see(header.get(i).isEmpty() ? String.valueOf(i + 1) : header.get(i), values.get(i));
                }
            }
            String second = pair < 0 ? null : values.get(pair);
            if (labelled && !several.isEmpty()) {
                rows.add(place, values.get(text), second, LabelForm.LIST,
                        LabelColumns.list(place, several, IntStream.of(labels).mapToObj(values::get).toList()));
                continue;
            }
            rows.add(place, values.get(text), second, label < 0 ? LabelForm.EMPTY : form(place, values.get(label)),
                    label < 0 ? "" : values.get(label));
        }
    }

    /** The columns that each stand for a label, after {@link #read}; empty where one holds all. */
    List<String> labelColumns() {
        return labelColumns;
    }

    /** The column {@code text_pair}, if it is there beside {@code text} and any row has something in it; null otherwise. */
    static @Nullable String pairColumn(List<DelimitedFile.Fields> records) {
        if (records.isEmpty()) {
            return null;
        }
        List<String> header = records.getFirst().values().stream().map(String::strip).toList();
        for (int i = 0; i < header.size(); i++) {
            int column = i;
            if (OtherColumns.isPair(header.get(i)) && records.stream().skip(1).anyMatch(r -> column < r.values().size() && !r.values().get(column).isBlank())) {
                return header.get(i);
            }
        }
        return null;
    }

    /** Whether the header has a column of this name, capitals aside. */
    static boolean hasColumn(List<DelimitedFile.Fields> records, String column) {
        return !records.isEmpty() && records.getFirst().values().stream().anyMatch(name -> name.strip().equalsIgnoreCase(column));
    }

    private static LabelForm form(String place, String label) {
        String text = label.strip();
        if (text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")) {
            throw new UserException("%s: the label %s holds its quotes, for a blank stands before them; delete it.".formatted(place, Brief.of(text)));
        }
        return LabelForm.of(label);
    }

    private static List<String> numbers(int columns) {
        return IntStream.rangeClosed(1, columns).mapToObj(String::valueOf).toList();
    }

    private int numbered(List<String> numbers, String option, @Nullable String chosen, boolean only) {
        if (chosen == null && only) {
            return 0;
        }
        if (chosen == null) {
            throw new UsageException("--no-header needs " + option + ", the number of a column of " + name + " from 1 to " + numbers.size() + ".");
        }
        int index = numbers.indexOf(chosen);
        if (index < 0) {
            throw new UserException("%s has %d columns in its first line, so there is no column %s; give another %s, or --delimiter."
                    .formatted(name, numbers.size(), chosen, option));
        }
        return index;
    }

    private void requireNoHeader(List<String> first, int text, int label) {
        String above = first.get(text).strip().toLowerCase(Locale.ROOT);
        boolean header = label < 0 ? above.equals(DataColumns.DEFAULT.textName()) && first.size() > 1
                : OtherColumns.TEXTS.contains(above) && first.get(label).strip().equalsIgnoreCase(DataColumns.DEFAULT.labelName());
        if (header) {
            throw new UserException(name + " begins with the header " + LabelSet.list(first) + "; leave out --no-header and name its columns.");
        }
    }

    /** @param chosen the column that the user named, null for the default */
    private int named(List<String> header, String option, @Nullable String chosen, String column) {
        int[] exact = IntStream.range(0, header.size()).filter(i -> header.get(i).equals(column)).toArray();
        int[] alike = IntStream.range(0, header.size()).filter(i -> header.get(i).equalsIgnoreCase(column)).toArray();
        if (exact.length > 1 || (chosen == null || exact.length == 0) && alike.length > 1) {
            throw new UserException("%s has more than one column '%s'; rename the others.".formatted(name, Brief.of(column)));
        }
        if (alike.length == 0) {
            throw new UserException("%s has no column '%s', its header is %s; %s."
                    .formatted(name, Brief.of(column), LabelSet.list(header), DelimitedFile.otherDelimiter(header)
                            .orElse("give " + option + " with a name from there, or --no-header if the first line is a row")));
        }
        return exact.length == 1 ? exact[0] : alike[0];
    }
}
