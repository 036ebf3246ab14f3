// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class VectorMathTest {
    private static float exp(float x) {
        float[] lanes = new float[FloatVector.SPECIES_PREFERRED.length()];
        VectorMath.exp(FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, x)).intoArray(lanes, 0);
        for (float lane : lanes) {
            assertEquals(Float.floatToRawIntBits(lanes[0]), Float.floatToRawIntBits(lane));
        }
        return lanes[0];
    }

    @Test
    void expOverItsWholeRange() {
        for (double x = -87.3; x < 88.72; x += 0.00137) {
            float f = (float) x;
            double expected = Math.exp(f);
            assertEquals(expected, exp(f), 2.5e-7 * expected, "exp(" + f + ")");
        }
    }

    @Test
    void expAtItsEdges() {
        assertEquals(1f, exp(0f));
        assertEquals(1f, exp(-0f));
        assertEquals(0f, exp(Float.NEGATIVE_INFINITY));
        assertEquals(0f, exp(-Float.MAX_VALUE));
        assertEquals(0f, exp(-87.4f));
        assertEquals(Math.exp(-87.3365f), exp(-87.3365f), 1e-44);
        assertEquals(Math.exp(88.7228f), exp(88.7228f), 1e32);
        assertEquals(Float.POSITIVE_INFINITY, exp(88.73f));
        assertEquals(Float.POSITIVE_INFINITY, exp(Float.MAX_VALUE));
        assertEquals(Float.POSITIVE_INFINITY, exp(Float.POSITIVE_INFINITY));
        for (int bits : new int[] {0x7FC00000, 0x7FFFFFFF, 0xFFC00001, 0x7F800001}) {
            assertTrue(Float.isNaN(exp(Float.intBitsToFloat(bits))), "exp of NaN " + Integer.toHexString(bits));
        }
    }

    @Test
    void sumIsAFixedTree() {
        int lanes = FloatVector.SPECIES_PREFERRED.length();
        float[] x = new float[lanes];
        for (int i = 0; i < lanes; i++) {
            x[i] = (float) Math.sin(i) * (1 << i % 20);
        }
        float[] tree = x.clone();
        for (int half = lanes / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                tree[i] += tree[i + half];
            }
        }
        assertEquals(tree[0], VectorMath.sum(FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, x, 0)));
    }
}
