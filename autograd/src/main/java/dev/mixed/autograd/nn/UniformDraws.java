// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

/**
 * The doubles of a {@link java.util.SplittableRandom}, each of which can be had by its number: Steele, Lea and Flood, Fast splittable pseudorandom number
 * generators (2014), with the mixing function of Stafford's variant 13.
 */
final class UniformDraws {
    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private final long seed;
    private long taken;

    UniformDraws(long seed) {
        this.seed = seed;
    }

    /** Gives the number of the first of the next {@code count} draws, and passes over them. */
    long take(long count) {
        long first = taken;
        taken += count;
        return first;
    }

    /** The draw of a number, 0 for the first: in [0, 1), a multiple of 2^-53. From any thread. */
    double at(long number) {
        long z = seed + (number + 1) * GAMMA;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return ((z ^ z >>> 31) >>> 11) * 0x1.0p-53;
    }
}
