// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.io.SharedData;
import dev.mixed.io.Utf8File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Against the native normalizer and pre-tokenizer: with all words in the vocabulary, the native tokenizer must find exactly these words. */
class BertPreTokenizerTest {
    @Test
    void rules() {
        assertEquals(List.of("hello", ",", "naive", "world", "!"), BertPreTokenizer.words("Hello, naïve\u00a0WÖRLD!"));
        assertEquals(List.of("我", "爱", "java"), BertPreTokenizer.words("我爱Java"));
        assertEquals(List.of("zerowidth", "a", "b"), BertPreTokenizer.words("zero\u200bwidth\u0007 a\u2028b\uFFFD"));
        assertEquals(List.of("don", "'", "t", "$", "5", "^"), BertPreTokenizer.words("don't $5^"));
    }

    /** From blocks in which the native tokenizer's Unicode tables, which are older than Java's, know the same characters. */
    @Test
    void randomCharactersAsTheNativeOne() {
        Random random = new Random(1);
        int[] starts = {0x20, 0xA0, 0x370, 0x400, 0x590, 0x620, 0x900, 0x1E00, 0x2000, 0x20A0, 0x3040, 0x4E00, 0xAC00, 0xFE00, 0xFF00, 0x1F300};
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            int start = starts[random.nextInt(starts.length)];
            for (int j = 0; j < 20; j++) {
                int c = random.nextInt(3) == 0 ? 'a' + random.nextInt(26) : start + random.nextInt(0x60);
                if (Character.isDefined(c)) {
                    text.appendCodePoint(c);
                }
            }
            texts.add(text.toString());
        }
        assertSameAsNative(texts);
    }

    @Test
    void tweetsAsTheNativeOne() {
        assertSameAsNative(Utf8File.lines(SharedData.require("data/tweeteval/offensive/train_text.txt")));
    }

    private static void assertSameAsNative(List<String> texts) {
        Set<String> tokens = new LinkedHashSet<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
        List<List<String>> expected = new ArrayList<>();
        for (String text : texts) {
            expected.add(BertPreTokenizer.words(text));
            tokens.addAll(expected.getLast());
        }
        try (BertTokenizer tokenizer = BertTokenizer.of(Vocabulary.of("words", new ArrayList<>(tokens)))) {
            List<int[]> ids = tokenizer.encodeBatch(texts, 4096);
            for (int i = 0; i < texts.size(); i++) {
                int[] sequence = ids.get(i);
                List<String> found = Arrays.stream(sequence, 1, sequence.length - 1).mapToObj(tokenizer.vocabulary()::token).toList();
                assertEquals(expected.get(i), found, texts.get(i));
            }
        }
    }
}
