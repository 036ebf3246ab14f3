package dev.mixed.engine.vector;

import dev.mixed.engine.random.Philox;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Dropout factors of consecutive elements, four to a Philox block; the numbers are those of {@link Philox#keep}. */
final class KeepFactors {
    private static final long MASK = 0xFFFFFFFFL;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private KeepFactors() {
    }

    /** to[at + i] = scale if dropout keeps element index + i, else 0, for i < count. */
    static void fill(IntArray random, int index, int count, int threshold, float scale, float[] to, int at) {
        int seedLo = random.get(0);
        int seedHi = random.get(1);
        int counterLo = random.get(2);
        int counterHi = random.get(3);
        int i = 0;
        for (; i < count && (index + i & 3) != 0; i++) {
            to[at + i] = Philox.keep(seedLo, seedHi, counterLo, counterHi, index + i, threshold) ? scale : 0f;
        }
        for (; i + 4 <= count; i += 4) {
            block(seedLo, seedHi, index + i >>> 2, counterLo, counterHi, threshold, scale, to, at + i);
        }
        for (; i < count; i++) {
            to[at + i] = Philox.keep(seedLo, seedHi, counterLo, counterHi, index + i, threshold) ? scale : 0f;
        }
    }

    /** Philox4x32-10 by 64-bit products, all four words of one block at once. */
    private static void block(int key0, int key1, int counter0, int counter1, int counter2, int threshold, float scale, float[] to, int at) {
        long c0 = counter0 & MASK;
        long c1 = counter1 & MASK;
        long c2 = counter2 & MASK;
        long c3 = 0;
        int k0 = key0;
        int k1 = key1;
        for (int round = 0; round < 10; round++) {
            long product0 = MULTIPLIER_0 * c0;
            long product1 = MULTIPLIER_1 * c2;
            c0 = product1 >>> 32 ^ c1 ^ k0 & MASK;
            c1 = product1 & MASK;
            c2 = product0 >>> 32 ^ c3 ^ k1 & MASK;
            c3 = product0 & MASK;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        to[at] = (c0 >>> 8) < threshold ? scale : 0f;
        to[at + 1] = (c1 >>> 8) < threshold ? scale : 0f;
        to[at + 2] = (c2 >>> 8) < threshold ? scale : 0f;
        to[at + 3] = (c3 >>> 8) < threshold ? scale : 0f;
    }
}
