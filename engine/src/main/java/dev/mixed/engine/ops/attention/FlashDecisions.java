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
    /** Places in {@code sizes}: ints in all, ints of a row, probabilities of a row, and the threshold below which a random number keeps one. */
    static final int ALL = 0, WORDS = 1, SEQ = 2, THRESHOLD = 3;
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

    /** Bit j % 32 of int j / 32 of a row tells whether its probability j is kept: {@link Philox#keep} of element row * seq + j. */
    static void draw(KernelContext context, IntArray random, IntArray kept, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(ALL)) {
            int words = sizes.get(WORDS);
            int seq = sizes.get(SEQ);
            int row = i / words;
            int j = (i - row * words) * BITS;
            int bits = 0;
            if (j < seq) {
                int threshold = sizes.get(THRESHOLD);
                int r0 = random.get(0);
                int r1 = random.get(1);
                int r2 = random.get(2);
                int r3 = random.get(3);
                int first = row * seq + j;
                int block = first >> 2;
                int beyond = first & 3;
                for (int b = 0; b < BITS / 4; b++) {
                    bits = bits | Philox.keepFour(r0, r1, r2, r3, block + b, threshold) << 4 * b;
                }
                if (beyond != 0) {
                    int last = Philox.keepFour(r0, r1, r2, r3, block + BITS / 4, threshold);
                    bits = bits >> beyond & (1 << BITS - beyond) - 1 | last << BITS - beyond;
                }
            }
            kept.set(i, bits);
        }
    }
}
