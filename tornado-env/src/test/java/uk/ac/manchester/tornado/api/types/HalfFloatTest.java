// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfFloatTest {
    private static final int NAN_BITS = 0x7C00;

    /** The value that IEEE 754 gives binary16 bits, by its definition. */
    private static double valueOf(int bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        double magnitude = exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * Math.scalb(1.0, exponent - 25);
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }

    @Test
    void everyValueSurvivesTheWayToFloatAndBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            HalfFloat half = new HalfFloat((short) bits);
            boolean nan = (bits & NAN_BITS) == NAN_BITS && (bits & 1023) != 0;
            boolean infinite = (bits & 0x7FFF) == NAN_BITS;
            assertEquals((short) bits, half.getHalfFloatValue());
            if (nan) {
                assertTrue(Float.isNaN(half.getFloat32()), "bits " + bits);
                assertTrue(Float.isNaN(new HalfFloat(half.getFloat32()).getFloat32()), "bits " + bits);
            } else {
                double expected = infinite ? (bits < 0x8000 ? 1 : -1) * Double.POSITIVE_INFINITY : valueOf(bits);
                assertEquals(expected, half.getFloat32(), "bits " + bits);
                assertEquals((short) bits, new HalfFloat(half.getFloat32()).getHalfFloatValue(), "bits " + bits);
            }
        }
    }

    @Test
    void theMiddleOfTwoNeighboursGoesToTheEvenOne() {
        for (int bits = 0; bits < 0x7BFF; bits++) {
            double low = valueOf(bits);
            double high = valueOf(bits + 1);
            float middle = (float) ((low + high) / 2);
            int even = bits % 2 == 0 ? bits : bits + 1;
            assertEquals(even, new HalfFloat(middle).getHalfFloatValue(), "between " + low + " and " + high);
            assertEquals(even | 0x8000, new HalfFloat(-middle).getHalfFloatValue() & 0xFFFF, "between " + -low + " and " + -high);
            assertEquals(bits, new HalfFloat(Math.nextDown(middle)).getHalfFloatValue(), "just below the middle after " + low);
            assertEquals(bits + 1, new HalfFloat(Math.nextUp(middle)).getHalfFloatValue(), "just above the middle after " + low);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "65504, 7BFF", "65519.996, 7BFF", "65520, 7C00", "3.4e38, 7C00", "Infinity, 7C00", "-65520, FC00",
        "5.9604645e-8, 0001", "2.9802322e-8, 0000", "2.9802326e-8, 0001", "-2.9802326e-8, 8001", "1e-30, 0000", "-0.0, 8000",
        "6.097555e-5, 03FF", "6.1035156e-5, 0400", "0.1, 2E66", "1.0, 3C00"
    })
    void rangeEndsAndSubnormals(float value, String bits) {
        assertEquals(Integer.parseInt(bits, 16), new HalfFloat(value).getHalfFloatValue() & 0xFFFF);
    }

    @Test
    void arithmeticRoundsOnce() {
        HalfFloat a = new HalfFloat(1f);
        HalfFloat b = new HalfFloat(0x1p-11f);
        assertEquals(1f, HalfFloat.add(a, b).getFloat32());
        assertEquals(1f - 0x1p-11f, HalfFloat.sub(a, b).getFloat32());
        assertEquals(0x1p-11f, HalfFloat.mult(a, b).getFloat32());
        assertEquals(2048f, HalfFloat.div(a, b).getFloat32());
        assertEquals(new HalfFloat(1f / 3f).getFloat32(), HalfFloat.div(a, new HalfFloat(3f)).getFloat32());
    }
}
