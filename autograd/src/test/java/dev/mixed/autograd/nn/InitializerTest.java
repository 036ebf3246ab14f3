// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Initial values: the same from the same seed, and normally distributed. */
class InitializerTest {
    private static final Device DEVICE = JvmDevice.open(1);

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    private static float[] draw(long seed, int n, float std) {
        return new Initializer(DEVICE, seed).normal(Shape.of(n), std).toFloats();
    }

    @Test
    void sameSeedSameValues() {
        assertArrayEquals(draw(5, 1001, 0.02f), draw(5, 1001, 0.02f));
        assertFalse(Arrays.equals(draw(5, 1001, 0.02f), draw(6, 1001, 0.02f)));
        Initializer one = new Initializer(DEVICE, 5);
        assertFalse(Arrays.equals(one.normal(Shape.of(9), 1).toFloats(), one.normal(Shape.of(9), 1).toFloats()), "a second tensor differs from the first");
    }

    @Test
    void shapeOnlyArrangesTheValues() {
        assertArrayEquals(draw(5, 15, 1f), new Initializer(DEVICE, 5).normal(Shape.of(3, 5), 1f).toFloats());
    }

    /** Blocks and processors change nothing: each pair of values is that of the next two draws. */
    @Test
    void theOrderOfDrawsIsTheirPlace() {
        int n = (2 << 20) + 3;
        float[] values = draw(9, n, 0.5f);
        SplittableRandom random = new SplittableRandom(9);
        for (int i = 0; i < n; i += 2) {
            double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
            double angle = 2 * Math.PI * random.nextDouble();
            assertEquals((float) (0.5f * radius * StrictMath.cos(angle)), values[i]);
            if (i + 1 < n) {
                assertEquals((float) (0.5f * radius * StrictMath.sin(angle)), values[i + 1]);
            }
        }
    }

    @Test
    void valuesAreNormal() {
        int n = 200_001;
        float std = 0.02f;
        double[] z = new double[n];
        float[] values = draw(42, n, std);
        double mean = 0;
        for (int i = 0; i < n; i++) {
            z[i] = values[i] / (double) std;
            mean += z[i] / n;
        }
        double variance = 0;
        double skewness = 0;
        double kurtosis = 0;
        double neighbours = 0;
        for (int i = 0; i < n; i++) {
            variance += z[i] * z[i] / n;
            skewness += z[i] * z[i] * z[i] / n;
            kurtosis += z[i] * z[i] * z[i] * z[i] / n;
            neighbours += i > 0 ? z[i] * z[i - 1] / n : 0;
        }
        // Each bound is five standard deviations of the statistic: its variance times n is 1, 2, 15, 96 and 1.
        double root = Math.sqrt(n);
        assertEquals(0, mean, 5 / root);
        assertEquals(1, variance, 5 * Math.sqrt(2) / root);
        assertEquals(0, skewness, 5 * Math.sqrt(15) / root);
        assertEquals(3, kurtosis, 5 * Math.sqrt(96) / root);
        assertEquals(0, neighbours, 5 / root);
        // Kolmogorov and Smirnov: the largest distance from the normal distribution function; 2.5 / sqrt(n) has probability 1e-5.
        Arrays.sort(z);
        double distance = 0;
        for (int i = 0; i < n; i++) {
            distance = Math.max(distance, Math.max(normalCdf(z[i]) - (double) i / n, (i + 1.0) / n - normalCdf(z[i])));
        }
        assertTrue(distance < 2.5 / root, "distance " + distance * root + " / sqrt(n)");
        // The tails are there: the largest of n draws is most likely near 4.4.
        assertTrue(z[n - 1] > 3.5 && z[n - 1] < 6.5 && z[0] < -3.5 && z[0] > -6.5, z[0] + " to " + z[n - 1]);
    }

    /** By the series of the error function; far out, by its limit. */
    private static double normalCdf(double z) {
        if (Math.abs(z) > 6) {
            return z > 0 ? 1 : 0;
        }
        double term = z;
        double sum = z;
        for (int n = 1; Math.abs(term) > 1e-17; n++) {
            term *= z * z / (2 * n + 1);
            sum += term;
        }
        return 0.5 + sum * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    }

    @Test
    void constants() {
        assertArrayEquals(new float[] {3, 3, 3, 3}, new Initializer(DEVICE, 1).constant(Shape.of(2, 2), 3).toFloats());
    }

    @Test
    void aTableHasTheDrawsOfAnyOtherTensorButForItsRowOfZeros() {
        float[] all = new Initializer(DEVICE, 7).normal(Shape.of(4, 3), 1f).toFloats();
        float[] table = new Initializer(DEVICE, 7).normalRows(4, 3, 1f, 2).toFloats();
        for (int i = 0; i < all.length; i++) {
            assertEquals(i / 3 == 2 ? 0f : all[i], table[i]);
        }
        assertArrayEquals(all, new Initializer(DEVICE, 7).normalRows(4, 3, 1f, -1).toFloats());
    }
}
