// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Finds what a row of attention is: rows are [heads, length] for each text, one text after the other, as the texts stand in [tokens, heads * d].
 *
 * <p>A cursor for one slice of rows in rising order.
 */
final class TextRows {
    private final @Nullable IntArray starts;
    private final int texts;
    private final int heads;
    private final int maxLength;
    private int text;
    private int start;
    private int length;
    private int head;
    private int index;
    private boolean newHead;

    /** @param starts I32 [texts + 1] as in {@link VarlenAttention}; where it is null, all texts have {@code maxLength} tokens */
    TextRows(@Nullable IntArray starts, int texts, int heads, int maxLength) {
        this.starts = starts;
        this.texts = texts;
        this.heads = heads;
        this.maxLength = maxLength;
        this.text = -1;
    }

    /** Goes to a row behind the last one, or the first. */
    void seek(int row) {
        int before = text;
        int headBefore = head;
        int token = row / heads;
        text = starts == null ? token / maxLength : VarlenAttention.text(starts, texts, token);
        start = starts == null ? text * maxLength : VarlenAttention.start(starts, texts, text, token);
        length = starts == null ? maxLength : VarlenAttention.length(starts, texts, text);
        head = (row - start * heads) / length;
        index = row - start * heads - head * length;
        newHead = text != before || head != headBefore;
    }

    /** Whether the row is of a token behind the last text. */
    boolean dead() {
        return starts != null && text == texts;
    }

    /** Whether the last {@link #seek} came to another text or head, or was the first. */
    boolean newHead() {
        return newHead;
    }

    /** The text's first token. */
    int start() {
        return start;
    }

    /** Tokens of the text. */
    int length() {
        return length;
    }

    /** The row's token within its text. */
    int index() {
        return index;
    }

    /** Index of the head's first element of the text's first token. */
    long first(int d) {
        return ((long) start * heads + head) * d;
    }
}
