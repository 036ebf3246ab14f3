// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class UniformDrawsTest {
    @Test
    void areThoseOfSplittableRandom() {
        for (long seed : new long[] {0, 42, -1, Long.MIN_VALUE, 0x9e3779b97f4a7c15L}) {
            SplittableRandom expected = new SplittableRandom(seed);
            UniformDraws draws = new UniformDraws(seed);
            for (int i = 0; i < 1000; i++) {
                assertEquals(expected.nextDouble(), draws.at(i), 0);
            }
        }
    }

    @Test
    void areTakenInOrder() {
        UniformDraws draws = new UniformDraws(3);
        assertEquals(0, draws.take(5));
        assertEquals(5, draws.take(1L << 40));
        assertEquals((1L << 40) + 5, draws.take(0));
    }
}
