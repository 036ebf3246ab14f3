// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Functions of float vectors whose results do not depend on the lane, the call or the compiler. */
public final class VectorMath {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    /** 1.5 * 2^23: adding it rounds a float below 2^22 to an integer, which then stands in the low bits of the sum. */
    private static final float ROUNDER = 0x1.8p23f;
    private static final float LOG2_E = 1.44269504f;
    /** ln 2 as a sum whose first part has few bits, so that n times it is exact. */
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** Where exp exceeds the largest float, and where it falls below the smallest normal one. */
    private static final float EXP_MAX = 88.72283f;
    private static final float EXP_MIN = -87.33654f;
    private static final VectorShuffle<Float>[] HALVINGS = halvings();

    private VectorMath() {
    }

    /**
     * exp(x) to about 1e-7 of its value: 2^n times a polynomial in the rest (the one of Moshier's Cephes library, expf.c).
     * Results below the smallest normal float are 0; NaN stays NaN.
     */
    public static FloatVector exp(FloatVector x) {
        FloatVector shifted = x.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(SPECIES, 1.9875691500e-4f);
        p = p.fma(r, FloatVector.broadcast(SPECIES, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r).add(1f);
        FloatVector y = p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
        y = y.blend(0f, x.compare(VectorOperators.LT, EXP_MIN));
        y = y.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, EXP_MAX));
        VectorMask<Float> nan = x.test(VectorOperators.IS_NAN);
        return y.blend(x, nan);
    }

    /** The sum of all lanes, always by the same tree; the API's own reduction leaves the order open. */
    public static float sum(FloatVector x) {
        FloatVector total = x;
        for (VectorShuffle<Float> shuffle : HALVINGS) {
            total = total.add(total.rearrange(shuffle));
        }
        return total.lane(0);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of a generic type can't be made otherwise
    private static VectorShuffle<Float>[] halvings() {
        int steps = Integer.numberOfTrailingZeros(SPECIES.length());
        VectorShuffle[] shuffles = new VectorShuffle[steps];
        for (int s = 0; s < steps; s++) {
            int distance = SPECIES.length() >> (s + 1);
            shuffles[s] = VectorShuffle.fromOp(SPECIES, lane -> (lane + distance) % SPECIES.length());
        }
        return shuffles;
    }
}
