// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.train.run.DataColumns;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a file holds beside texts and labels: a second text would change what a model learns, so it is never left out unsaid. */
final class OtherColumns {
    /** Columns that hold a text by their name, in small letters and without blanks, dashes and the like. */
    static final Set<String> TEXTS = Set.of("text", "text1", "text2", "text3", "texta", "textb", "textpair", "pair", "sentence", "sentence1", "sentence2",
            "sentencea", "sentenceb", "sent1", "sent2", "s1", "s2", "premise", "hypothesis", "question", "question1", "question2", "query", "context",
            "passage",
            "document", "paragraph", "article", "answer", "answers", "choices", "title", "headline", "subject", "body", "content", "abstract", "summary",
            "description", "review", "comment", "message", "tweet", "post", "prompt", "response", "reply", "completion", "utterance", "dialogue", "dialog",
            "history", "claim", "evidence", "aspect", "targettext", "parenttext", "quotedtext");

    /** Words in a value, on average, from which on it is a text by what it holds. */
    private static final int WORDS_OF_A_TEXT = 5;
    /** A file of objects whose keys are names of their own is not counted in full. */
    private static final int MOST = 1000;
    private static final int CHARACTERS_LOOKED_AT = 200;

    private final Map<String, Words> columns = new LinkedHashMap<>();

    private static final class Words {
        private long values;
        private long words;
    }

    /** Whether a column of this name holds the second texts of pairs. */
    static boolean isPair(String column) {
        return column.equalsIgnoreCase(DataColumns.PAIR);
    }

    private static String plain(String column) {
        return column.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** Takes note of a value in a column that is neither text nor label. */
    void see(String column, @Nullable String value) {
        if (value == null || value.isBlank() || !columns.containsKey(column) && columns.size() == MOST) {
            return;
        }
        Words words = columns.computeIfAbsent(column, c -> new Words());
        words.values++;
        words.words += words(value);
    }

    /** Words with a letter; an ideograph counts as one. */
    private static int words(String value) {
        int count = 0;
        boolean counted = false;
        for (int i = 0; i < Math.min(value.length(), CHARACTERS_LOOKED_AT); i++) {
            char c = value.charAt(i);
            boolean ideograph = Character.isIdeographic(c);
            if (ideograph || !counted && Character.isLetter(c)) {
                count++;
            }
            counted = !Character.isWhitespace(c) && (counted || Character.isLetter(c));
        }
        return count;
    }

    /** Columns with anything in them. */
    Set<String> names() {
        return columns.keySet();
    }

    /**
     * Refuses a second text, unless the user has chosen the column of the texts.
     *
     * @param text the column that is taken for the texts
     */
    void requireNoText(String file, String text) {
        columns.forEach((column, words) -> {
            if (TEXTS.contains(plain(column)) || words.words >= WORDS_OF_A_TEXT * words.values) {
                throw new UserException(("%s has a column '%s' beside '%s' that holds a text too; "
                        + "give --text-column %s to leave the other out, or --pair-column %s to read both as a pair.").formatted(file, Brief.of(column),
                                Brief.of(text), Brief.of(text), Brief.of(column)));
            }
        });
    }
}
