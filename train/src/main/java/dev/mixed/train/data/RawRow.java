// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import org.jspecify.annotations.Nullable;

/**
 * A row as a file writes it, before it is known what is to be learned.
 *
 * @param place file and line, for messages
 * @param pair  the second text of a pair; null where there are no pairs
 * @param form  how the label stands there
 * @param label as it stands there
 */
record RawRow(String place, String text, @Nullable String pair, LabelForm form, String label) {
    /** Refuses a blank text. */
    RawRow {
        LabeledRow.requireText(place, text);
        if (pair != null && pair.isBlank()) {
            throw new UserException(place + ": the second text of the pair is empty; write one or delete the row.");
        }
    }

    /** The row with its label as the name of a class; a {@link UserException} where it is none. */
    LabeledRow named() {
        return new LabeledRow(place, text, pair, form.name(place, label));
    }
}
