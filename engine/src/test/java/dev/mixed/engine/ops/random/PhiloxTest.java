// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PhiloxTest {
    /** The three philox4x32 rows with 10 rounds of Random123's kat_vectors: counter, key, result. */
    private static final int[][][] KNOWN_ANSWERS = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{-1, -1, -1, -1}, {-1, -1}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };

    @Test
    void knownAnswers() {
        for (int[][] row : KNOWN_ANSWERS) {
            int[] c = row[0];
            for (int word = 0; word < 4; word++) {
                assertEquals(row[2][word], Philox.word(row[1][0], row[1][1], c[0], c[1], c[2], c[3], word));
            }
        }
    }

    /** The same rounds with 64-bit products, on random counters and keys: the 16-bit halves lose no carry. */
    @Test
    void agreesWithLongArithmetic() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            int[] c = random.ints(4).toArray();
            int k0 = random.nextInt();
            int k1 = random.nextInt();
            int[] expected = rounds(c, k0, k1);
            for (int word = 0; word < 4; word++) {
                assertEquals(expected[word], Philox.word(k0, k1, c[0], c[1], c[2], c[3], word));
            }
        }
    }

    private static int[] rounds(int[] counter, int key0, int key1) {
        int[] c = counter.clone();
        for (int round = 0; round < 10; round++) {
            long a = 0xD2511F53L * Integer.toUnsignedLong(c[0]);
            long b = 0xCD9E8D57L * Integer.toUnsignedLong(c[2]);
            c = new int[] {(int) (b >>> 32) ^ c[1] ^ (key0 + round * 0x9E3779B9), (int) b, (int) (a >>> 32) ^ c[3] ^ (key1 + round * 0xBB67AE85), (int) a};
        }
        return c;
    }

    @Test
    void elementsTakeTheWordsOfABlockInTurn() {
        for (int index : new int[] {0, 1, 2, 3, 4, 7, 1_000_001, Integer.MAX_VALUE}) {
            assertEquals(Philox.word(5, 6, index / 4, 7, 8, 0, index % 4), Philox.uniformInt(5, 6, 7, 8, index));
        }
    }

    @Test
    void fourDecisionsAtOnceAreThoseOfTheFourElements() {
        Random random = new Random(2);
        for (int i = 0; i < 2_000; i++) {
            int[] s = random.ints(4).toArray();
            int block = random.nextInt(1 << 29);
            int threshold = random.nextInt((1 << 24) + 1);
            int kept = Philox.keepFour(s[0], s[1], s[2], s[3], block, threshold);
            for (int k = 0; k < 4; k++) {
                assertEquals(Philox.keep(s[0], s[1], s[2], s[3], 4 * block + k, threshold), (kept >> k & 1) != 0);
            }
        }
    }

    @Test
    void keepsTheGivenShare() {
        for (float p : new float[] {0f, 0.1f, 0.5f, 0.9f, 1f}) {
            int threshold = Philox.keepThreshold(p);
            int n = 200_000;
            int kept = 0;
            for (int i = 0; i < n; i++) {
                kept += Philox.keep(1, 2, 3, 4, i, threshold) ? 1 : 0;
            }
            // Five standard deviations; exact at both ends.
            assertEquals((1.0 - p) * n, kept, 5 * Math.sqrt(n * p * (1.0 - p)), "p = " + p);
        }
    }

    @Test
    void thresholdsAndScales() {
        assertEquals(1 << 24, Philox.keepThreshold(0f));
        assertEquals(0, Philox.keepThreshold(1f));
        assertEquals(1 << 23, Philox.keepThreshold(0.5f));
        assertEquals(1f, Philox.keepScale(0f));
        assertEquals(2f, Philox.keepScale(0.5f));
        assertEquals(0f, Philox.keepScale(1f));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Philox.keepThreshold(1.5f)).getMessage().contains("1.5"));
        assertThrows(IllegalArgumentException.class, () -> Philox.keepThreshold(Float.NaN));
    }
}
