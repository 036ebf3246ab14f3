// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.util.Random;

/** Permutations that depend on a seed and a number alone, the same on every machine: Fisher-Yates over the generator that java.util.Random specifies. */
final class Shuffle {
    private Shuffle() {}

    /** A permutation of 0 to size - 1 for this seed and, say, epoch. */
    static int[] permutation(int size, long seed, int number) {
        int[] result = identity(size);
        Random random = random(seed, number);
        for (int i = size - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = result[i];
            result[i] = result[other];
            result[other] = kept;
        }
        return result;
    }

    /** 0 to size - 1 in order. */
    static int[] identity(int size) {
        int[] result = new int[size];
        for (int i = 0; i < size; i++) {
            result[i] = i;
        }
        return result;
    }

    /** Neighbouring seeds give java.util.Random alike first numbers, hence SplitMix64's finalizer (Steele et al. 2014) over seed and number. */
    private static Random random(long seed, int number) {
        long z = seed + (number + 1L) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return new Random(z ^ z >>> 31);
    }
}
