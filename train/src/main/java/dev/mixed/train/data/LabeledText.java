// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A text, or a pair of texts, with what is to be learned of it.
 *
 * @param text   the text as the file holds it, HTML entities included
 * @param pair   the second text of a pair; null for a single text
 * @param words  the text's words, where something is to be learned of each; else empty
 * @param target such as the class it belongs to
 */
public record LabeledText(String text, @Nullable String pair, List<String> words, Target target) {
    /** Refuses null texts. */
    public LabeledText {
        if (text == null) {
            throw new IllegalArgumentException("the text is null");
        }
        words = List.copyOf(words);
        if (target instanceof Target.Tags(List<Integer> tags) && tags.size() != words.size()) {
            throw new IllegalArgumentException(words.size() + " words have " + tags.size() + " tags; give one for each");
        }
    }

    /** A text that is not looked at word by word; {@code pair} may be null. */
    public LabeledText(String text, @Nullable String pair, Target target) {
        this(text, pair, List.of(), target);
    }

    /** A single text of a class; refuses labels below 0. */
    public LabeledText(String text, int label) {
        this(text, null, new Target.OfClass(label));
    }

    /** Words, perhaps with a tag for each. */
    public static LabeledText ofWords(List<String> words, Target target) {
        return new LabeledText(String.join(" ", words), null, words, target);
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

    /** A number, with how many they are, by which several processes know that they have the same texts. */
    public static String checksum(List<LabeledText> texts) {
        CRC32C checksum = new CRC32C();
        for (LabeledText text : texts) {
            checksum.update((text.text + "\u001f" + text.pair + "\u001e").getBytes(StandardCharsets.UTF_8));
            checksum.update(text.target.bytes());
        }
        return texts.size() + ", checksum " + Long.toHexString(checksum.getValue());
    }

    /** The same text with another target. */
    LabeledText with(Target other) {
        return new LabeledText(text, pair, words, other);
    }
}
