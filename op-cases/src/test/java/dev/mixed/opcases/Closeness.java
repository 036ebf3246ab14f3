// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** Comparisons of float results with float64 ones, relative to the size of the whole tensor. */
final class Closeness {
    private Closeness() {
    }

    /** Every |actual - expected| is at most tolerance times the largest |expected|, or times floor if that is larger; NaN fails. */
    static void assertClose(double[] expected, float[] actual, double tolerance, double floor, String what) {
        assertEquals(expected.length, actual.length, what + ": number of elements");
        double size = floor;
        for (double e : expected) {
            size = Math.max(size, Math.abs(e));
        }
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(actual[i] - expected[i]) <= tolerance * size)) {
                fail(what + "[" + i + "] is " + actual[i] + ", expected " + expected[i] + ": off by " + Math.abs(actual[i] - expected[i]) / size
                        + " of the tensor's size, " + tolerance + " allowed");
            }
        }
    }

    /** A gradient against finite differences. */
    static void assertClose(Expected.Gradient expected, float[] actual, double tolerance, double floor, String what) {
        assertEquals(expected.direction().length, actual.length, what + ": number of elements");
        float[] probed = new float[expected.elements().length];
        for (int i = 0; i < probed.length; i++) {
            probed[i] = actual[expected.elements()[i]];
        }
        assertClose(expected.values(), probed, tolerance, floor, what + " at probed elements");
        double slope = 0;
        double squares = 0;
        for (int i = 0; i < actual.length; i++) {
            slope += actual[i] * expected.direction()[i];
            squares += (double) actual[i] * actual[i];
        }
        double size = Math.max(Math.sqrt(squares), floor * Math.sqrt(actual.length));
        if (!(Math.abs(slope - expected.slope()) <= 4 * tolerance * size)) {
            fail(what + " along a direction is " + slope + ", expected " + expected.slope() + " within " + 4 * tolerance * size);
        }
    }
}
