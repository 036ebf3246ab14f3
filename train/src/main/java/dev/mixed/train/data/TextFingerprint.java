// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A text as a number, by which it is known again: the first 64 bits, big-endian, of the SHA-256 of its UTF-8 bytes, after compatibility normalization
 * (NFKC), in lower case, and with every run of white space as one blank and none at the ends. Texts that differ in case or blanks alone, and which a model
 * can hardly tell apart, are one.
 */
final class TextFingerprint {
    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Z}]+");

    private TextFingerprint() {
    }

    static long of(String text) {
        String plain = BLANKS.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
        return ByteBuffer.wrap(sha256().digest(plain.getBytes(StandardCharsets.UTF_8))).getLong();
    }

    /** Of a pair as one text, of which no single text is like: a control character stands between. */
    static long of(LabeledText text) {
        return of(text.pair() == null ? text.text() : text.text() + "\u001f" + text.pair());
    }

    static long[] of(List<LabeledText> texts) {
        return texts.parallelStream().mapToLong(TextFingerprint::of).toArray();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
