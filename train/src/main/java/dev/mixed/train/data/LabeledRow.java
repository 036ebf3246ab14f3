// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import org.jspecify.annotations.Nullable;

/**
 * A text and its label as a file writes them.
 *
 * @param place file and line, for messages
 * @param pair the second text of a pair; null for a single text
 * @param label the class, as {@link LabelForm#name} has it
 */
record LabeledRow(String place, String text, @Nullable String pair, String label) {
    LabeledRow {
        requireText(place, text);
    }

    static void requireText(String place, String text) {
        if (text.isBlank()) {
            throw new UserException(place + ": the text is empty; write one or delete the row.");
        }
    }

    static String place(String file, long line) {
        return file + ", line " + line;
    }
}
