package dev.mixed.engine.vector;

import dev.mixed.engine.random.Philox;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Dropout factors of consecutive elements; the numbers are those of {@link Philox#keep}.
 *
 * <p>Each long lane computes one Philox block, that is four elements. The words stand in the lanes' low halves; the high halves hold
 * leftovers of products and are masked before they are multiplied, a form that compiles to the 32-bit unsigned multiplication.
 */
final class KeepFactors {
    private static final long LOW = 0xFFFFFFFFL;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final long WEYL_0 = 0x9E3779B9L;
    private static final long WEYL_1 = 0xBB67AE85L;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int BLOCKS = LONGS.length();
    private static final LongVector BLOCK_NUMBERS = LongVector.zero(LONGS).addIndex(1);
    /** Lane i of the first and second half of two interleaved vectors comes from lane i/2, or i/2 + half, of one of them. */
    private static final VectorShuffle<Long> FIRST_HALF = VectorShuffle.fromOp(LONGS, i -> i / 2);
    private static final VectorShuffle<Long> SECOND_HALF = VectorShuffle.fromOp(LONGS, i -> i / 2 + BLOCKS / 2);
    private static final VectorMask<Long> ODD = VectorMask.fromLong(LONGS, 0xAAAAAAAAAAAAAAAAL);

    private KeepFactors() {
    }

    /** to[at + i] = scale if dropout keeps element index + i, else 0, for i < count. */
    static void fill(IntArray random, int index, int count, int threshold, float scale, float[] to, int at) {
        int seedLo = random.get(0);
        int seedHi = random.get(1);
        int counterLo = random.get(2);
        int counterHi = random.get(3);
        int i = Math.min(count, -index & 3);
        single(seedLo, seedHi, counterLo, counterHi, index, 0, i, threshold, scale, to, at);
        for (; count - i >= 4 * BLOCKS; i += 4 * BLOCKS) {
            blocks(seedLo, seedHi, (index + i) / 4, counterLo, counterHi, threshold, scale, to, at + i);
        }
        single(seedLo, seedHi, counterLo, counterHi, index, i, count, threshold, scale, to, at);
    }

    private static void single(int seedLo, int seedHi, int counterLo, int counterHi, int index, int first, int end, int threshold, float scale, float[] to, int at) {
        for (int i = first; i < end; i++) {
            to[at + i] = Philox.keep(seedLo, seedHi, counterLo, counterHi, index + i, threshold) ? scale : 0f;
        }
    }

    private static void blocks(int seedLo, int seedHi, int block, int counterLo, int counterHi, int threshold, float scale, float[] to, int at) {
        LongVector c0 = BLOCK_NUMBERS.add(block);
        LongVector c1 = LongVector.broadcast(LONGS, counterLo);
        LongVector c2 = LongVector.broadcast(LONGS, counterHi);
        LongVector c3 = LongVector.zero(LONGS);
        LongVector k0 = LongVector.broadcast(LONGS, seedLo);
        LongVector k1 = LongVector.broadcast(LONGS, seedHi);
        for (int round = 0; round < 10; round++) {
            LongVector product0 = c0.and(LOW).mul(MULTIPLIER_0);
            LongVector product1 = c2.and(LOW).mul(MULTIPLIER_1);
            c0 = product1.lanewise(VectorOperators.LSHR, 32).lanewise(VectorOperators.XOR, c1).lanewise(VectorOperators.XOR, k0);
            c2 = product0.lanewise(VectorOperators.LSHR, 32).lanewise(VectorOperators.XOR, c3).lanewise(VectorOperators.XOR, k1);
            c1 = product1;
            c3 = product0;
            k0 = k0.add(WEYL_0);
            k1 = k1.add(WEYL_1);
        }
        LongVector words01 = c0.and(LOW).or(c1.lanewise(VectorOperators.LSHL, 32));
        LongVector words23 = c2.and(LOW).or(c3.lanewise(VectorOperators.LSHL, 32));
        store(words01.rearrange(FIRST_HALF).blend(words23.rearrange(FIRST_HALF), ODD), threshold, scale, to, at);
        store(words01.rearrange(SECOND_HALF).blend(words23.rearrange(SECOND_HALF), ODD), threshold, scale, to, at + 2 * BLOCKS);
    }

    private static void store(LongVector words, int threshold, float scale, float[] to, int at) {
        IntVector bits = words.reinterpretAsInts().lanewise(VectorOperators.LSHR, 8);
        FloatVector.zero(FLOATS).blend(scale, bits.compare(VectorOperators.LT, threshold).cast(FLOATS)).intoArray(to, at);
    }
}
