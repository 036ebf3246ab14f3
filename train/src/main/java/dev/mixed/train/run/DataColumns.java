// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a CSV, TSV, JSONL or Parquet file are read: the options {@code --text-column}, {@code --pair-column}, {@code --label-column}, {@code --delimiter} and {@code --no-header}.
 *
 * @param text the column of the texts, or its number from 1 in a file without a header; null for {@code text}
 * @param pair the column of the second texts of pairs, alike; null where there are none, or {@code text_pair} in training
 * @param label the column of the labels, alike; null for {@code label}
 * @param delimiter between columns; null for a comma, or a tab in a .tsv
 * @param header whether the first line names the columns
 */
public record DataColumns(@Nullable String text, @Nullable String pair, @Nullable String label, @Nullable Delimiter delimiter, boolean header) {
    /** The columns {@code text} and {@code label}, under a header. */
    public static final DataColumns DEFAULT = new DataColumns(null, null, null, null, true);

    /** Name of the column of second texts that training reads unasked. */
    public static final String PAIR = "text_pair";

    /** Name of the column of scores, where labels may stand in it too. */
    public static final String SCORE = "score";

    private static final String TEXT = "text";
    private static final String LABEL = "label";

    public DataColumns {
        if (!header) {
            requireNumber("--text-column", text);
            requireNumber("--pair-column", pair);
            requireNumber("--label-column", label);
        }
    }

    private static void requireNumber(String option, @Nullable String column) {
        if (column != null && !column.matches("[1-9]\\d{0,5}")) {
            throw new UsageException("With --no-header the columns have numbers from 1: " + option + " must be one, not '" + column + "'.");
        }
    }

    /** Those of {@code given}, by the options' names, which has {@code text-column} and so on where they are not the default. */
    public static DataColumns of(Map<String, ? extends @Nullable Object> given) {
        return new DataColumns((String) given.get("text-column"), (String) given.get("pair-column"), (String) given.get("label-column"),
                (Delimiter) given.get("delimiter"),
                !Boolean.TRUE.equals(given.get("no-header")));
    }

    /** Name of the column of the texts. */
    public String textName() {
        return text != null ? text : TEXT;
    }

    /** These with another column of second texts; null for none. */
    public DataColumns withPair(@Nullable String column) {
        return new DataColumns(text, column, label, delimiter, header);
    }

    /** These with another column of labels. */
    public DataColumns withLabel(String column) {
        return new DataColumns(text, pair, column, delimiter, header);
    }

    /** Name of the column of the labels. */
    public String labelName() {
        return label != null ? label : LABEL;
    }

    /** Whether nobody asked for anything special. */
    public boolean isDefault() {
        return equals(DEFAULT);
    }
}
