// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.util.regex.Pattern;

/**
 * Text of a file's author, such as the name of a tensor, as a message may show it: however long it is and whatever is in it, it can neither
 * flood a terminal nor command it, nor break the message's line.
 */
public final class Brief {
    private static final int MOST_CHARACTERS = 100;
    /** Control characters, half surrogates, characters that turn the direction of writing, and the like; line and paragraph separators. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

    private Brief() {
    }

    /** {@code text} up to its first 100 characters, "..." for the rest, and a question mark for each character that is not to be printed. */
    public static String of(String text) {
        boolean whole = text.codePointCount(0, text.length()) <= MOST_CHARACTERS;
        String shown = whole ? text : text.substring(0, text.offsetByCodePoints(0, MOST_CHARACTERS)) + "...";
        return UNPRINTABLE.matcher(shown).replaceAll("?");
    }
}
