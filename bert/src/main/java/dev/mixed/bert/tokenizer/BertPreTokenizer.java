// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/**
 * BERT's normalizer and pre-tokenizer in Java, for learning a vocabulary; encoding itself uses the native ones.
 * Rules: BasicTokenizer of Devlin et al. 2018 (clean text, space around CJK, NFD without marks, lower case, split at spaces and punctuation).
 */
final class BertPreTokenizer {
    private BertPreTokenizer() {}

    /** The words and punctuation marks of a text, normalized. */
    static List<String> words(String text) {
        return words(text, true);
    }

    /** @param lowerCase whether case and accents go */
    static List<String> words(String text, boolean lowerCase) {
        StringBuilder clean = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> appendClean(clean, c));
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        (lowerCase ? Normalizer.normalize(clean, Normalizer.Form.NFD) : clean).codePoints().forEach(c -> {
            if (lowerCase && Character.getType(c) == Character.NON_SPACING_MARK) {
                return;
            }
            if (isSpace(c)) {
                flush(word, words);
            } else if (isPunctuation(c)) {
                flush(word, words);
                words.add(Character.toString(c));
            } else {
                word.appendCodePoint(lowerCase ? Character.toLowerCase(c) : c);
            }
        });
        flush(word, words);
        return words;
    }

    private static void flush(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    private static void appendClean(StringBuilder out, int c) {
        if (isSpace(c)) {
            out.append(' ');
        } else if (c == 0 || c == 0xFFFD || isOther(c)) {
            return;
        } else if (isCjk(c)) {
            out.append(' ').appendCodePoint(c).append(' ');
        } else {
            out.appendCodePoint(c);
        }
    }

    private static boolean isSpace(int c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
    }

    private static boolean isOther(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE -> true;
            default -> false;
        };
    }

    /** The CJK blocks that BERT spells character by character; Hangul and kana are not among them. */
    private static boolean isCjk(int c) {
        return c >= 0x4E00 && c <= 0x9FFF || c >= 0x3400 && c <= 0x4DBF || c >= 0xF900 && c <= 0xFAFF
                || c >= 0x20000 && c <= 0x2A6DF || c >= 0x2A700 && c <= 0x2CEAF || c >= 0x2F800 && c <= 0x2FA1F;
    }

    private static boolean isPunctuation(int c) {
        if (c >= 33 && c <= 47 || c >= 58 && c <= 64 || c >= 91 && c <= 96 || c >= 123 && c <= 126) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION, Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION, Character.OTHER_PUNCTUATION -> true;
            default -> false;
        };
    }
}
