// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import dev.mixed.train.run.DataColumns;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** First lines that say what follows: a header above lines that are read as texts, and the line by which spreadsheets name the delimiter. */
final class HeaderLine {
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_.-]*");
    private static final Pattern SPREADSHEET = Pattern.compile("\"?sep=(.)\"?[^\\S\\n]*(?:\\n|$)", Pattern.CASE_INSENSITIVE);

    private HeaderLine() {
    }

    /** The character between the columns, if {@code line} reads as a header: names alone, of which one is that of texts. */
    static Optional<Character> delimiter(String line) {
        return Stream.of('\t', ';', '|', ',').filter(delimiter -> isHeader(line, delimiter)).findFirst();
    }

    /** The character between the names in {@code line}, if one of them is then {@code column}. */
    static Optional<Character> separating(String line, String column) {
        return Stream.of('\t', ';', '|', ',').filter(delimiter -> {
            List<String> names = Stream.of(line.split(Pattern.quote(String.valueOf(delimiter)), -1)).map(HeaderLine::name).toList();
            return names.size() > 1 && names.contains(column.toLowerCase(Locale.ROOT));
        }).findFirst();
    }

    private static boolean isHeader(String line, char delimiter) {
        List<String> names = Stream.of(line.split(Pattern.quote(String.valueOf(delimiter)), -1)).map(HeaderLine::name).toList();
        if (names.size() < 2 || !names.stream().allMatch(name -> NAME.matcher(name).matches())) {
            return false;
        }
        return names.contains(DataColumns.DEFAULT.textName())
                || names.contains(DataColumns.DEFAULT.labelName()) && names.stream().anyMatch(OtherColumns.TEXTS::contains);
    }

    private static String name(String field) {
        String name = field.strip().toLowerCase(Locale.ROOT);
        return name.length() > 1 && name.startsWith("\"") && name.endsWith("\"") ? name.substring(1, name.length() - 1) : name;
    }

    /** Refuses a line such as {@code sep=;}, which a spreadsheet takes for a setting and everything else for the header or a row. */
    static void requireNoSpreadsheetLine(String name, String content, char delimiter) {
        Matcher line = SPREADSHEET.matcher(content);
        if (line.lookingAt()) {
            char named = line.group(1).charAt(0);
            throw new UserException("%s begins with the line %s, which is for spreadsheets alone; delete it%s.".formatted(name,
                    line.group().strip().replace("\"", ""), named == delimiter ? "" : " and give --delimiter " + shown(named)));
        }
    }

    /** How {@code --delimiter} takes a character. */
    static String shown(char delimiter) {
        return delimiter == '\t' ? "tab" : "'" + delimiter + "'";
    }
}
