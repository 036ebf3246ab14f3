// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Splits delimited text into records. */
final class DelimitedFile {
    private static final CSVFormat QUOTED = CSVFormat.RFC4180.builder().setIgnoreEmptyLines(false).setTrim(false).get();

    private static final String OTHER_DELIMITERS = ";\t|,";

    /** A record and the line on which it begins. */
    record Fields(long line, List<String> values) {
        boolean isEmptyLine() {
            return values.size() == 1 && values.getFirst().isEmpty();
        }
    }

    private final String name;
    private final String content;
    private final char delimiter;

    private DelimitedFile(String name, String content, char delimiter) {
        this.name = name;
        this.content = content;
        this.delimiter = delimiter;
    }

    /**
     * All records, the header's too, each as long as the first; empty lines are left out where there are several columns.
     *
     * @param notes told how quotes were read, where that is open to doubt
     */
    static List<Fields> read(String name, String content, char delimiter, Consumer<String> notes) {
        HeaderLine.requireNoSpreadsheetLine(name, content, delimiter);
        DelimitedFile file = new DelimitedFile(name, content, delimiter);
        return delimiter == '\t' ? file.tabbed(notes) : file.consistent(file.quoted());
    }

    private List<Fields> quoted() {
        return parse(QUOTED.builder().setDelimiter(delimiter).get());
    }

    /**
     * Writers of tab-separated files either quote as in CSV, as pandas does, or not at all. Where no field begins with a quote, both are the same.
     */
    private List<Fields> tabbed(Consumer<String> notes) {
        List<Fields> plain = parse(QUOTED.builder().setDelimiter(delimiter).setQuote(null).get());
        QuoteUse quotes = QuoteUse.of(plain);
        if (!quotes.any()) {
            return consistent(plain);
        }
        if (inconsistent(plain) != null) {
            List<Fields> quoted = consistent(quoted());
            QuoteUse.requireNoRowsInside(name, quoted, delimiter);
            return quoted;
        }
        if (quotes.unpaired() == 0) {
            if (!quotes.certain()) {
                notes.accept(
                        "%s, line %d: the quotes around a whole text are not part of it, as pandas reads and writes a .tsv.".formatted(name, quotes.whole()));
            }
            return consistent(quoted());
        }
        if (quotes.doubled() > 0) {
            throw new UserException(("%s, line %d: a text begins with a quote and does not end with one, while line %d is quoted as pandas does; "
                    + "quote both (with quotes inside doubled) or none.").formatted(name, quotes.unpaired(), quotes.doubled()));
        }
        notes.accept("%s, line %d: a text begins with a quote and does not end with one, so the quotes in this file are read as part of its texts."
                .formatted(name, quotes.unpaired()));
        return plain;
    }

    private List<Fields> parse(CSVFormat format) {
        List<Fields> records = new ArrayList<>();
        long line = 1;
        try (CSVParser parser = CSVParser.parse(new StringReader(content), format)) {
            for (CSVRecord row : parser) {
                Fields fields = new Fields(line, row.toList());
                if (!fields.isEmptyLine() || !records.isEmpty() && records.getFirst().values().size() == 1) {
                    records.add(fields);
                }
                line = parser.getCurrentLineNumber() + 1;
            }
        } catch (IOException | UncheckedIOException | IllegalStateException | IllegalArgumentException e) {
            throw malformed(LabeledRow.place(name, line), e, records.isEmpty() ? List.of() : records.getFirst().values());
        }
        return records;
    }

    private List<Fields> consistent(List<Fields> records) {
        Fields other = inconsistent(records);
        if (other != null) {
            throw new UserException("%s: %d columns where the first line has %d; %s.".formatted(LabeledRow.place(name, other.line()), other.values().size(),
                    records.getFirst().values().size(),
                    otherDelimiter(records.getFirst().values()).orElse("quote texts that hold a separator or a line end")));
        }
        return records;
    }

    /** What to do about a first line that has one column, but another character that may separate several. */
    static Optional<String> otherDelimiter(List<String> first) {
        return first.size() != 1 ? Optional.empty() : OTHER_DELIMITERS.chars().filter(c -> first.getFirst().indexOf(c) >= 0).mapToObj(c -> {
            String shown = HeaderLine.shown((char) c);
            return "if its columns are separated by " + shown + ", give --delimiter " + shown;
        }).findFirst();
    }

    private static @Nullable Fields inconsistent(List<Fields> records) {
        return records.stream().filter(record -> record.values().size() != records.getFirst().values().size()).findFirst().orElse(null);
    }

    private static UserException malformed(String place, Exception e, List<String> first) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String reason = cause.getMessage() == null ? "unreadable"
                : cause.getMessage().lines().findFirst().orElse("").replaceFirst("^\\(startline \\d+\\) ", "");
        return new UserException("%s: malformed row (%s); %s.".formatted(place, reason, otherDelimiter(first).orElse("check its quotes")), e);
    }
}
