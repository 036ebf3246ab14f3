// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;

/**
 * A text and its label as a file writes them.
 *
 * @param place file and line, for messages
 */
record LabeledRow(String place, String text, String label) {
    LabeledRow {
        requireText(place, text);
        if (label.isBlank()) {
            throw new UserException(place + ": the label is empty; write one or delete the row.");
        }
        label = label.strip();
    }

    static void requireText(String place, String text) {
        if (text.isBlank()) {
            throw new UserException(place + ": the text is empty; write one or delete the row.");
        }
    }

    LabeledText resolve(LabelSet labels) {
        return new LabeledText(text, labels.index(label, place));
    }

    static String place(String file, long line) {
        return file + ", line " + line;
    }
}
