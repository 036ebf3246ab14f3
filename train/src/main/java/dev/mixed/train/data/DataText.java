// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import java.nio.file.Path;

/** The content of a data file, of which it is certain that it is text. */
final class DataText {
    private DataText() {}

    /** The whole file; see {@link Utf8File#read}. */
    static String read(Path file) {
        return require(file.toString(), Utf8File.read(file));
    }

    /** Refuses NUL characters: such a file is no text, or one in UTF-16 without a byte order mark. */
    static String require(String name, String content) {
        int at = content.indexOf('\0');
        if (at >= 0) {
            throw new UserException(
                    "%s: a NUL character, which text does not have; save the file as UTF-8.".formatted(LabeledRow.place(name, line(content, at))));
        }
        return content;
    }

    /** Refuses a carriage return without a line feed where lines are read: whether it ends one depends on who reads. */
    static String requireLineFeeds(String name, String content) {
        for (int at = content.indexOf('\r'); at >= 0; at = content.indexOf('\r', at + 1)) {
            if (at + 1 == content.length() || content.charAt(at + 1) != '\n') {
                throw new UserException("%s: a carriage return without a line feed after it; save the file with line feeds (as Unix) or both (as Windows)."
                        .formatted(LabeledRow.place(name, line(content, at))));
            }
        }
        return content;
    }

    private static long line(String content, int at) {
        return 1 + content.substring(0, at).chars().filter(c -> c == '\n').count();
    }
}
