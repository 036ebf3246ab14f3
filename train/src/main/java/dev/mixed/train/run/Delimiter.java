// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The character between the columns of a data file.
 *
 * @param character no letter, digit, quote or line end
 */
public record Delimiter(char character) {
    public static final Delimiter COMMA = new Delimiter(',');
    public static final Delimiter TAB = new Delimiter('\t');

    /** What an option may hold, in words. */
    static final String RANGE = "one character such as ';' or '|', or tab";

    /** Names for characters that are hard to type or to see. */
    private static final Map<String, Character> NAMES = Map.of("tab", '\t', "\\t", '\t', "comma", ',', "semicolon", ';', "pipe", '|', "space", ' ');

    public Delimiter {
        if (!isDelimiter(character)) {
            throw new IllegalArgumentException("a delimiter is no letter, digit, quote or line end: '" + character + "'");
        }
    }

    private static boolean isDelimiter(char c) {
        return !Character.isLetterOrDigit(c) && !Character.isSurrogate(c) && "\"'\\\n\r\0\uFEFF".indexOf(c) < 0;
    }

    /** A delimiter as typed, by its name or as itself; null where {@code typed} is none. */
    static @Nullable Delimiter parse(String typed) {
        Character named = NAMES.get(typed);
        char c = named != null ? named : typed.length() == 1 ? typed.charAt(0) : '\0';
        return isDelimiter(c) ? new Delimiter(c) : null;
    }

    /** As an option takes it. */
    @Override
    public String toString() {
        return character == '\t' ? "tab" : character == ' ' ? "space" : String.valueOf(character);
    }
}
