// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import java.util.List;

/**
 * How fields that begin with a quote are written in a file whose quotes may or may not be syntax; each is the first line of its kind, or 0 for none.
 *
 * @param unpaired a quote at the beginning alone, or one inside that is not doubled: no quoted field
 * @param doubled a quoted field with a doubled quote inside: nothing else writes that
 * @param whole a field in quotes that may be the author's own
 * @param bare a field without a quote at its beginning, in the column of the first one with
 */
record QuoteUse(long unpaired, long doubled, long whole, long bare) {

    static QuoteUse of(List<DelimitedFile.Fields> records) {
        long unpaired = 0;
        long doubled = 0;
        long whole = 0;
        long bare = 0;
        int column = -1;
        for (DelimitedFile.Fields record : records) {
            for (int i = 0; i < record.values().size(); i++) {
                String value = record.values().get(i);
                if (!value.startsWith("\"")) {
                    continue;
                }
                column = column < 0 ? i : column;
                String inside = value.length() < 2 || !value.endsWith("\"") ? "\"" : value.substring(1, value.length() - 1);
                String rest = inside.replace("\"\"", "");
                if (rest.contains("\"")) {
                    unpaired = unpaired == 0 ? record.line() : unpaired;
                } else if (rest.length() < inside.length()) {
                    doubled = doubled == 0 ? record.line() : doubled;
                } else {
                    whole = whole == 0 ? record.line() : whole;
                }
            }
        }
        for (DelimitedFile.Fields record : records) {
            if (column >= 0 && bare == 0 && column < record.values().size() && !record.values().get(column).startsWith("\"")) {
                bare = record.line();
            }
        }
        return new QuoteUse(unpaired, doubled, whole, bare);
    }

    /** Whether any field begins with a quote. */
    boolean any() {
        return unpaired + doubled + whole > 0;
    }

    /** Whether paired quotes are syntax without doubt: some are doubled, or a whole column has them. */
    boolean certain() {
        return doubled > 0 || bare == 0;
    }

    /** Refuses a text over several lines one of which looks like a row: most likely its quote is no syntax, and rows would be lost in it. */
    static void requireNoRowsInside(String name, List<DelimitedFile.Fields> records, char delimiter) {
        int separators = records.getFirst().values().size() - 1;
        for (DelimitedFile.Fields record : records) {
            for (String value : record.values()) {
                if (separators > 0 && value.indexOf('\n') >= 0
                        && value.lines().anyMatch(line -> line.chars().filter(c -> c == delimiter).count() == separators)) {
                    throw new UserException(
                            "%s: the quote that begins a text there ends lines later, with what looks like rows in between; double it or close it."
                                    .formatted(LabeledRow.place(name, record.line())));
                }
            }
        }
    }
}
