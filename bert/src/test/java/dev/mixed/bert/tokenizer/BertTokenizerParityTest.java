// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.io.SharedData;
import dev.mixed.io.Utf8File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Against ids from the Python package tokenizers 0.23.2, {@code BertWordPieceTokenizer("vocab.txt", lowercase=True)}, which transformers builds too. */
class BertTokenizerParityTest {
    private static BertTokenizer bertBaseUncased() {
        return BertTokenizer.fromVocab(SharedData.require("data/bert-base-uncased/vocab.txt"));
    }

    @Test
    void oddTexts() {
        try (BertTokenizer tokenizer = bertBaseUncased()) {
            assertEquals(30522, tokenizer.vocabSize());
            assertArrayEquals(new int[] {101, 7592, 1010, 15743, 2088, 999, 100, 1004, 23713, 1025, 1001, 23325, 15900, 1030, 5310, 102},
                    tokenizer.encode("Hello, na\u00efve w\u00f6rld! \uD83D\uDE00 &amp; #hashtag @user", 64));
            assertArrayEquals(new int[] {101, 1855, 100, 9262, 100, 9960, 1096, 102},
                    tokenizer.encode("\u6211\u7231Java \uff83\uff7d\uff84 \u0130stanbul \u00df", 64));
            assertArrayEquals(new int[] {101, 21628, 1050, 5910, 2361, 2240, 19802, 5717, 9148, 11927, 2232, 4330, 102},
                    tokenizer.encode("tab\tnbsp\u00a0 line\u2028sep zero\u200bwidth \u0007bell", 64));
            assertArrayEquals(new int[] {101, 100, 3424, 10521, 4355, 7875, 13602, 3672, 12199, 2964, 102},
                    tokenizer.encode("x".repeat(101) + " antidisestablishmentarianism", 64));
        }
    }

    @Test
    void everyTrainingTweet() {
        assertTweets("offensive", 11916, 398141, 0x6ce8af9aL);
        assertTweets("emotion", 3257, 83135, 0xd22c4953L);
    }

    /** Compares the CRC-32 of all ids as little-endian ints. */
    private static void assertTweets(String task, int texts, int tokens, long expected) {
        Path file = SharedData.require("data/tweeteval/" + task + "/train_text.txt");
        try (BertTokenizer tokenizer = bertBaseUncased()) {
            List<int[]> ids = tokenizer.encodeBatch(Utf8File.lines(file), 512);
            assertEquals(texts, ids.size());
            CRC32 crc = new CRC32();
            int count = 0;
            for (int[] sequence : ids) {
                ByteBuffer bytes = ByteBuffer.allocate(4 * sequence.length).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asIntBuffer().put(sequence);
                crc.update(bytes);
                count += sequence.length;
            }
            assertEquals(tokens, count);
            assertEquals(expected, crc.getValue());
        }
    }
}
