// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A table of text in aligned columns, printed whole at the end or line by line while a run goes on. */
public final class ResultTable {

    /** Room for a number such as 0.1234 under a shorter title, so that lines printed one by one stay aligned. */
    private static final int LEAST_WIDTH = 8;
    private static final String GAP = "  ";

    private final String[] columns;
    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] text;

    public ResultTable(String... columns) {
        this.columns = columns.clone();
        this.text = new boolean[columns.length];
    }

    /** Adds a row: numbers with a fraction get four digits of it, null becomes a dash. */
    public ResultTable add(@Nullable Object... cells) {
        if (cells.length != columns.length) {
            throw new IllegalArgumentException("a row of " + cells.length + " cells in a table of " + columns.length + " columns");
        }
        String[] row = new String[cells.length];
        for (int i = 0; i < cells.length; i++) {
            row[i] = format(cells[i]);
            text[i] |= cells[i] instanceof CharSequence;
        }
        rows.add(row);
        return this;
    }

    /** The titles and a rule, as the first lines of a table that is printed line by line. */
    public String header() {
        return line(columns) + "\n" + rule();
    }

    /** The row added last. */
    public String lastLine() {
        return line(rows.getLast());
    }

    /** The whole table, without a line end after the last row. */
    @Override
    public String toString() {
        StringBuilder all = new StringBuilder(header());
        rows.forEach(row -> all.append('\n').append(line(row)));
        return all.toString();
    }

    private String rule() {
        String[] dashes = new String[columns.length];
        for (int i = 0; i < dashes.length; i++) {
            dashes[i] = "-".repeat(width(i));
        }
        return String.join(GAP, dashes);
    }

    private String line(String[] cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            String space = " ".repeat(Math.max(0, width(i) - length(cells[i])));
            line.append(i == 0 ? "" : GAP).append(text[i] ? cells[i] + space : space + cells[i]);
        }
        return line.toString().stripTrailing();
    }

    private int width(int column) {
        int width = Math.max(LEAST_WIDTH, length(columns[column]));
        for (String[] row : rows) {
            width = Math.max(width, length(row[column]));
        }
        return width;
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private static String format(@Nullable Object cell) {
        return switch (cell) {
            case null -> "-";
            case Double d -> Double.isFinite(d) ? String.format(Locale.ROOT, "%.4f", d) : d.toString();
            case Float f -> Float.isFinite(f) ? String.format(Locale.ROOT, "%.4f", f) : f.toString();
            default -> cell.toString();
        };
    }
}
