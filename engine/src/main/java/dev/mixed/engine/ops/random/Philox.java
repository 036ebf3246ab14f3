// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

/**
 * Philox4x32-10, a counter-based random number generator: the n-th number of a stream is a pure function of the seed and n.
 *
 * <p>Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Because nothing is carried from number to number,
 * a dropout mask need not be stored: the backward pass computes it again. Everything here is 32-bit integer arithmetic that kernels may use;
 * shifts are masked, since GPU backends differ in whether they shift in the sign.
 */
public final class Philox {
    private static final int MULTIPLIER_0 = 0xD2511F53;
    private static final int MULTIPLIER_1 = 0xCD9E8D57;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final int ROUNDS = 10;
    /** Bits of a random word that a keep decision looks at; as many as a float's significand holds exactly. */
    private static final int KEEP_BITS = 24;

    private Philox() {
    }

    /**
     * One of the four 32-bit words of a Philox4x32-10 block.
     *
     * @param key0     low word of the key (the seed)
     * @param key1     high word of the key
     * @param counter0 words of the 128-bit counter, lowest first
     * @param which    0 to 3: the word of the block to return
     */
    public static int word(int key0, int key1, int counter0, int counter1, int counter2, int counter3, int which) {
        int c0 = counter0;
        int c1 = counter1;
        int c2 = counter2;
        int c3 = counter3;
        int k0 = key0;
        int k1 = key1;
        for (int round = 0; round < ROUNDS; round++) {
            int high0 = multiplyHigh(MULTIPLIER_0, c0);
            int low0 = MULTIPLIER_0 * c0;
            int high1 = multiplyHigh(MULTIPLIER_1, c2);
            int low1 = MULTIPLIER_1 * c2;
            c0 = high1 ^ c1 ^ k0;
            c1 = low1;
            c2 = high0 ^ c3 ^ k1;
            c3 = low0;
            k0 = k0 + WEYL_0;
            k1 = k1 + WEYL_1;
        }
        int even = which == 0 ? c0 : c2;
        int odd = which == 1 ? c1 : c3;
        return (which & 1) == 0 ? even : odd;
    }

    /**
     * 32 uniform random bits for one element of a tensor: word {@code index % 4} of the block whose counter is
     * {@code (index / 4, counterLo, counterHi, 0)}.
     *
     * @param elementIndex at least 0
     */
    public static int uniformInt(int seedLo, int seedHi, int counterLo, int counterHi, int elementIndex) {
        int block = (elementIndex >> 2) & 0x3FFFFFFF;
        return word(seedLo, seedHi, block, counterLo, counterHi, 0, elementIndex & 3);
    }

    /**
     * Whether dropout keeps an element.
     *
     * @param threshold from {@link #keepThreshold}
     */
    public static boolean keep(int seedLo, int seedHi, int counterLo, int counterHi, int elementIndex, int threshold) {
        int bits = uniformInt(seedLo, seedHi, counterLo, counterHi, elementIndex);
        return ((bits >> 8) & 0x00FFFFFF) < threshold;
    }

    /**
     * {@link #keep} of four neighbouring elements at once: bit k of the result tells it of element {@code 4 * block + k}. One block of words
     * serves all four, and its products are 64 bits wide, which suits a GPU.
     *
     * @param block     the first element's index / 4
     * @param threshold from {@link #keepThreshold}
     */
    public static int keepFour(int seedLo, int seedHi, int counterLo, int counterHi, int block, int threshold) {
        int c0 = block;
        int c1 = counterLo;
        int c2 = counterHi;
        int c3 = 0;
        int k0 = seedLo;
        int k1 = seedHi;
        for (int round = 0; round < ROUNDS; round++) {
            // Both halves of one product: a GPU has an instruction for it.
            long product0 = wideMultiply(MULTIPLIER_0, c0);
            long product1 = wideMultiply(MULTIPLIER_1, c2);
            c0 = high(product1) ^ c1 ^ k0;
            c1 = (int) product1;
            c2 = high(product0) ^ c3 ^ k1;
            c3 = (int) product0;
            k0 = k0 + WEYL_0;
            k1 = k1 + WEYL_1;
        }
        int kept = ((c0 >> 8) & 0x00FFFFFF) < threshold ? 1 : 0;
        kept = ((c1 >> 8) & 0x00FFFFFF) < threshold ? kept | 2 : kept;
        kept = ((c2 >> 8) & 0x00FFFFFF) < threshold ? kept | 4 : kept;
        return ((c3 >> 8) & 0x00FFFFFF) < threshold ? kept | 8 : kept;
    }

    /**
     * The keep threshold of a dropout probability: 2^24 (1 - p), to the nearest integer.
     *
     * @throws IllegalArgumentException unless {@code 0 <= p <= 1}
     */
    public static int keepThreshold(float p) {
        if (!(p >= 0f && p <= 1f)) {
            throw new IllegalArgumentException("a dropout probability must be between 0 and 1, not " + p);
        }
        return (int) Math.round((1.0 - p) * (1 << KEEP_BITS));
    }

    /** What a kept element is multiplied by, 1 / (1 - p), so that dropout keeps the mean; 0 for p = 1, where none is kept. */
    public static float keepScale(float p) {
        return p < 1f ? 1f / (1f - p) : 0f;
    }

    /** The high 32 bits of the unsigned 64-bit product, from 16-bit halves. */
    private static int multiplyHigh(int a, int b) {
        int aLow = a & 0xFFFF;
        int aHigh = (a >> 16) & 0xFFFF;
        int bLow = b & 0xFFFF;
        int bHigh = (b >> 16) & 0xFFFF;
        int lowLow = aLow * bLow;
        int middle = aHigh * bLow + ((lowLow >> 16) & 0xFFFF);
        int carry = aLow * bHigh + (middle & 0xFFFF);
        return aHigh * bHigh + ((middle >> 16) & 0xFFFF) + ((carry >> 16) & 0xFFFF);
    }

    /** The unsigned 64-bit product. */
    private static long wideMultiply(int a, int b) {
        return (a & 0xFFFFFFFFL) * (b & 0xFFFFFFFFL);
    }

    private static int high(long product) {
        return (int) ((product >> 32) & 0xFFFFFFFFL);
    }
}
