// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.util.regex.Pattern;

/** A word of a command that a user may copy into a POSIX shell. */
public final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}_@%+=:,./-]+");

    private ShellWord() {
    }

    /** The text of {@code value}, such as a path: in single quotes where a shell would read it as anything but one word. */
    public static String of(Object value) {
        String text = value.toString();
        return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
