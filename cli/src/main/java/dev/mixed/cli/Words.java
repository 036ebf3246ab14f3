// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.train.data.LabeledText;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Splits texts into words for a model that gives each a tag: at blanks, and with punctuation at either end of a word as words of its own. */
final class Words {
    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Z}]+");
    private static final Pattern PARTS = Pattern.compile("^[\\p{Ps}\\p{Pi}\"'\\u00a1\\u00bf]|[\\p{Pe}\\p{Pf}\"'.,;:!?\\u2026]$");

    private Words() {
    }

    /** The text with its words; as it is where it comes in words. A blank text has one word, itself. */
    static LabeledText of(LabeledText text) {
        if (!text.words().isEmpty()) {
            return text;
        }
        List<String> words = BLANKS.splitAsStream(text.text().strip()).filter(word -> !word.isEmpty()).flatMap(word -> split(word).stream()).toList();
        return new LabeledText(text.text(), null, words.isEmpty() ? List.of(" ") : words, text.target());
    }

    private static List<String> split(String word) {
        List<MatchResult> ends = PARTS.matcher(word).results().toList();
        if (word.length() < 2 || ends.isEmpty()) {
            return List.of(word);
        }
        MatchResult end = ends.getFirst();
        return end.start() == 0 ? Stream.concat(Stream.of(end.group()), split(word.substring(end.end())).stream()).toList()
                : Stream.concat(split(word.substring(0, end.start())).stream(), Stream.of(end.group())).toList();
    }
}
