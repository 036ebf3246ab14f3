// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxVectorTest {
    @ParameterizedTest
    @CsvSource({"0, 64, 0.1", "3, 1, 0.5", "1, 13, 0.5", "2, 2, 0.5", "4, 207, 0.9", "2147483000, 600, 0.3", "5, 100, 1", "5, 100, 0"})
    void factorsAreThoseOfPhilox(int index, int count, float p) {
        int[] words = {-5, 77, -1, 3};
        int threshold = Philox.keepThreshold(p);
        float[] factors = new float[PhiloxVector.room(count)];
        int at = PhiloxVector.factors(words[0], words[1], words[2], words[3], index, count, threshold, Philox.keepScale(p), factors);
        for (int i = 0; i < count; i++) {
            boolean kept = Philox.keep(words[0], words[1], words[2], words[3], index + i, threshold);
            assertEquals(kept ? Philox.keepScale(p) : 0f, factors[at + i], "element " + (index + i));
        }
    }
}
