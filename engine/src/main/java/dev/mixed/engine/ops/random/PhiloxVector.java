// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Dropout factors by the block: the decisions of {@code dev.mixed.engine.ops.random.Philox#keep} for many elements at once.
 *
 * <p>A long lane holds one 32-bit word in its low half, so that one multiplication gives both halves of a product.
 */
public final class PhiloxVector {
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int BLOCKS = LONGS.length();
    /** Elements that one pass of {@link #factors} makes: four words from each lane's block. */
    private static final int STEP = 4 * BLOCKS;
    private static final LongVector LANE_NUMBERS = LongVector.zero(LONGS).addIndex(1);
    /** Take turns between two vectors, for the lower and the upper half of their lanes; negative indices mean the second vector. */
    private static final VectorShuffle<Long> LOWER = VectorShuffle.fromOp(LONGS, i -> (i & 1) == 0 ? i / 2 : i / 2 - BLOCKS);
    private static final VectorShuffle<Long> UPPER = VectorShuffle.fromOp(LONGS, i -> (i & 1) == 0 ? BLOCKS / 2 + i / 2 : i / 2 - BLOCKS / 2);
    private static final long WORD = 0xFFFFFFFFL;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final int ROUNDS = 10;

    private PhiloxVector() {
    }

    /** Length that {@code out} of {@link #factors} needs for this many elements. */
    public static int room(int elements) {
        return Math.ceilDiv(elements + 3, STEP) * STEP;
    }

    /**
     * What dropout multiplies elements {@code first .. first + count - 1} by: {@code scale} for those it keeps, 0 for the others.
     *
     * @param out       at least {@link #room} floats
     * @param threshold from {@code Philox.keepThreshold}
     * @return where in {@code out} the factor of element {@code first} stands; the others follow
     */
    public static int factors(int seedLo, int seedHi, int counterLo, int counterHi, int first, int count, int threshold, float scale, float[] out) {
        int skipped = first & 3;
        int block = first >>> 2;
        for (int at = 0; at < skipped + count; at += STEP) {
            LongVector c0 = LANE_NUMBERS.add(block);
            LongVector c1 = LongVector.broadcast(LONGS, counterLo & WORD);
            LongVector c2 = LongVector.broadcast(LONGS, counterHi & WORD);
            LongVector c3 = LongVector.zero(LONGS);
            int k0 = seedLo;
            int k1 = seedHi;
            for (int round = 0; round < ROUNDS; round++) {
                LongVector product0 = c0.mul(MULTIPLIER_0);
                LongVector product1 = c2.mul(MULTIPLIER_1);
                c0 = product1.lanewise(VectorOperators.LSHR, 32).lanewise(VectorOperators.XOR, c1).lanewise(VectorOperators.XOR, k0 & WORD);
                c2 = product0.lanewise(VectorOperators.LSHR, 32).lanewise(VectorOperators.XOR, c3).lanewise(VectorOperators.XOR, k1 & WORD);
                c1 = product1.and(WORD);
                c3 = product0.and(WORD);
                k0 += WEYL_0;
                k1 += WEYL_1;
            }
            LongVector words01 = c0.or(c1.lanewise(VectorOperators.LSHL, 32));
            LongVector words23 = c2.or(c3.lanewise(VectorOperators.LSHL, 32));
            store(words01.rearrange(LOWER, words23), threshold, scale, out, at);
            store(words01.rearrange(UPPER, words23), threshold, scale, out, at + STEP / 2);
            block += BLOCKS;
        }
        return skipped;
    }

    private static void store(LongVector words, int threshold, float scale, float[] out, int at) {
        IntVector bits = words.reinterpretAsInts().lanewise(VectorOperators.LSHR, 8);
        FloatVector.zero(FLOATS).blend(scale, bits.compare(VectorOperators.LT, threshold).cast(FLOATS)).intoArray(out, at);
    }
}
