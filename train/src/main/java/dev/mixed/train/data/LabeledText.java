// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import org.jspecify.annotations.Nullable;

/**
 * A text, or a pair of texts, with what is to be learned of it.
 *
 * @param text   the text as the file holds it, HTML entities included
 * @param pair   the second text of a pair; null for a single text
 * @param target such as the class it belongs to
 */
public record LabeledText(String text, @Nullable String pair, Target target) {
    /** Refuses null texts. */
    public LabeledText {
        if (text == null) {
            throw new IllegalArgumentException("the text is null");
        }
    }

    /** A single text of a class; refuses labels below 0. */
    public LabeledText(String text, int label) {
        this(text, null, new Target.OfClass(label));
    }

    /** Index of its class; an {@link IllegalStateException} where it has none, for its task is another. */
    public int label() {
        if (target instanceof Target.OfClass(int index)) {
            return index;
        }
        throw new IllegalStateException("the text has no class but " + target);
    }

    /** The text, or both in one line, for messages and tables. */
    public String shown() {
        return pair == null ? text : text + " | " + pair;
    }

    /** The same text with another target. */
    LabeledText with(Target other) {
        return new LabeledText(text, pair, other);
    }
}
