// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Random operands and comparisons with float64 results, for tests of kernels. */
public final class Numbers {
    /** Largest relative error of one rounding to F32. */
    public static final double EPS = 0x1p-24;
    /** Largest relative error of one rounding to F16, and the largest absolute one below its normal range. */
    public static final double EPS_HALF = 0x1p-11;
    public static final double TINY_HALF = 0x1p-25;
    /** Cuts of an outermost loop; a kernel's result must be the same bit for bit under each. */
    public static final List<IntBinaryOperator> SLICINGS = List.of(
            (from, range) -> range,
            (from, range) -> (range + 1) / 2,
            (from, range) -> from == 0 ? 1 : range,
            (from, range) -> 5,
            (from, range) -> from % 3 + 1);

    private Numbers() {
    }

    /** Normally distributed floats, rounded to what F16 can hold if half. */
    public static float[] normal(Random random, int size, double scale, boolean half) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            float v = (float) (random.nextGaussian() * scale);
            values[i] = half ? Float.float16ToFloat(Float.floatToFloat16(v)) : v;
        }
        return values;
    }

    public static FloatArray floats(float... values) {
        FloatArray array = new FloatArray(values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    public static HalfFloatArray halves(float... values) {
        HalfFloatArray array = new HalfFloatArray(values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, new HalfFloat(values[i]));
        }
        return array;
    }

    public static float[] values(FloatArray array) {
        float[] values = new float[array.getSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i);
        }
        return values;
    }

    public static float[] values(HalfFloatArray array) {
        float[] values = new float[array.getSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).getFloat32();
        }
        return values;
    }

    /** Calls {@code kernel} for consecutive slices that cover {@code range}. */
    public static void inSlices(int range, IntBinaryOperator slicing, Slice kernel) {
        for (int from = 0; from < range;) {
            int count = Math.min(slicing.applyAsInt(from, range), range - from);
            kernel.run(from, count);
            from += count;
        }
    }

    /** A kernel with all arguments but its slice given. */
    @FunctionalInterface
    public interface Slice {
        void run(int from, int count);
    }

    /** {@code |actual - expected| <= bound}, element by element; a bound that is NaN fails. */
    public static void assertWithin(double[] expected, double[] bound, float[] actual, String what) {
        assertEquals(expected.length, actual.length, what + ": length");
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(actual[i] - expected[i]) <= bound[i])) {
                fail(what + "[" + i + "] is " + actual[i] + ", expected " + expected[i] + " within " + bound[i]);
            }
        }
    }

    /** {@code |actual - expected| <= relative * max(|expected|, floor)}, element by element. */
    public static void assertClose(double[] expected, double relative, double floor, float[] actual, String what) {
        double[] bound = new double[expected.length];
        for (int i = 0; i < bound.length; i++) {
            bound[i] = relative * Math.max(Math.abs(expected[i]), floor);
        }
        assertWithin(expected, bound, actual, what);
    }

    /** Equal bit for bit, NaN included. */
    public static void assertSameBits(float[] expected, float[] actual, String what) {
        assertEquals(expected.length, actual.length, what + ": length");
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToRawIntBits(expected[i]) != Float.floatToRawIntBits(actual[i])) {
                fail(what + "[" + i + "] is " + actual[i] + " under one slicing and " + expected[i] + " under another");
            }
        }
    }
}
