package dev.mixed.engine.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.random.Philox;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class KeepFactorsTest {
    @ParameterizedTest
    @CsvSource({"0, 64, 0.1", "3, 1, 0.5", "1, 13, 0.5", "2, 2, 0.5", "4, 207, 0.9", "2147483000, 600, 0.3", "5, 100, 1", "5, 100, 0"})
    void areThoseOfPhilox(int index, int count, float p) {
        IntArray random = new IntArray(4);
        int[] words = {-5, 77, -1, 3};
        for (int i = 0; i < 4; i++) {
            random.set(i, words[i]);
        }
        int threshold = Philox.keepThreshold(p);
        float[] factors = new float[count + 2];
        factors[0] = factors[count + 1] = -7f;
        KeepFactors.fill(random, index, count, threshold, Philox.keepScale(p), factors, 1);
        assertEquals(-7f, factors[0]);
        assertEquals(-7f, factors[count + 1]);
        for (int i = 0; i < count; i++) {
            boolean kept = Philox.keep(words[0], words[1], words[2], words[3], index + i, threshold);
            assertEquals(kept ? Philox.keepScale(p) : 0f, factors[1 + i], "element " + (index + i));
        }
    }
}
