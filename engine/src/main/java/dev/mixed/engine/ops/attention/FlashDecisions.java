// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.engine.ops.random.Philox;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The dropout decisions of flash attention, one bit for each probability. Random numbers cost as much time as the products that they are for: they are
 * drawn once for the forward and both kernels of the backward pass, apart from these, for an eighth of a byte of memory a probability.
 */
final class FlashDecisions {
    static final int THREADS = 256;
    /** Places in {@code sizes}: heads, ints of a row, probabilities of the longest row, and the threshold below which a random number keeps one. */
    static final int HEADS = 0, WORDS = 1, SEQ = 2, THRESHOLD = 3;
    static final int SIZES = 4;
    private static final int BITS = 32;

    private FlashDecisions() {
    }

    /** Ints of a row: whole tiles of keys. */
    static int words(int seq) {
        return Math.ceilDiv(seq, Flash.TILE) * (Flash.TILE / BITS);
    }

    /** Ints of so many rows, and of those that a block of queries may read beyond the last. */
    static int elements(int rows, int seq) {
        return Math.multiplyExact(rows + FlashForward.MAX_QUERIES, words(seq));
    }

    /**
     * Bit j % 32 of int j / 32 of a row tells whether its probability j is kept: {@link Philox#keep} of element row * seq + j. A block has the rows of
     * {@link Flash#TILE} queries; ints that belong to none of a text's keys are left as they are, and of no account.
     *
     * @param keys of each text, from {@link FlashKeys}
     */
    static void draw(KernelContext context, IntArray random, IntArray starts, IntArray keys, IntArray kept, IntArray sizes) {
        int text = context.groupIdz;
        int start = starts.get(text);
        int length = starts.get(text + 1) - start;
        int top = context.groupIdx * Flash.TILE;
        int rows = Math.min(length - top, Flash.TILE);
        int used = (keys.get(text) + BITS - 1) / BITS;
        int firstRow = start * sizes.get(HEADS) + context.groupIdy * length + top;
        int words = sizes.get(WORDS);
        int seq = sizes.get(SEQ);
        int threshold = sizes.get(THRESHOLD);
        int r0 = random.get(0);
        int r1 = random.get(1);
        int r2 = random.get(2);
        int r3 = random.get(3);
        for (int i = context.localIdx; i < rows * used; i += THREADS) {
            int row = firstRow + i / used;
            int word = i % used;
            int first = row * seq + word * BITS;
            int block = first >> 2;
            int beyond = first & 3;
            int bits = 0;
            for (int b = 0; b < BITS / 4; b++) {
                bits = bits | Philox.keepFour(r0, r1, r2, r3, block + b, threshold) << 4 * b;
            }
            if (beyond != 0) {
                int last = Philox.keepFour(r0, r1, r2, r3, block + BITS / 4, threshold);
                bits = bits >> beyond & (1 << BITS - beyond) - 1 | last << BITS - beyond;
            }
            kept.set(row * words + word, bits);
        }
    }
}
