// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.demo;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;

/**
 * The range and precision of a floating type, measured on a device by storing numbers in it.
 *
 * @param bytes           storage of one number
 * @param largest         the largest finite number
 * @param smallestNormal  the smallest positive number with full precision
 * @param smallest        the smallest positive number
 * @param step            the distance from 1 to the next larger number
 */
record NumberFormat(DType type, int bytes, double largest, double smallestNormal, double smallest, double step) {
    /** Powers of 2 that include the ends of either type's range. */
    private static final int LEAST = -160;
    private static final int MOST = 140;

    static NumberFormat measure(Device device, DType type) {
        double step = step(device, type);
        double[] powers = powers(LEAST, MOST);
        float[] stored = stored(device, type, powers);
        double smallest = Double.POSITIVE_INFINITY;
        double largestPower = 0;
        for (int i = 0; i < powers.length; i++) {
            if (stored[i] > 0 && powers[i] < smallest) {
                smallest = powers[i];
            }
            if (Float.isFinite(stored[i]) && stored[i] > largestPower) {
                largestPower = stored[i];
            }
        }
        double[] precise = powers.clone();
        for (int i = 0; i < precise.length; i++) {
            precise[i] *= 1 + step;
        }
        float[] storedPrecise = stored(device, type, precise);
        double smallestNormal = Double.POSITIVE_INFINITY;
        for (int i = 0; i < precise.length; i++) {
            if (storedPrecise[i] == precise[i] && powers[i] < smallestNormal) {
                smallestNormal = powers[i];
            }
        }
        return new NumberFormat(type, type.bytes(), largestPower * (2 - step), smallestNormal, smallest, step);
    }

    /** The least power of 2 that changes 1 when it is added. */
    private static double step(Device device, DType type) {
        double[] powers = powers(-60, 0);
        Tensor small = Cast.to(tensor(device, powers), type);
        Tensor ones = Elementwise.fill(device, small.shape(), type, 1f);
        float[] sums = Elementwise.add(ones, small).toFloats();
        double step = 1;
        for (int i = powers.length - 1; i >= 0 && sums[i] > 1; i--) {
            step = powers[i];
        }
        return step;
    }

    private static double[] powers(int from, int to) {
        double[] powers = new double[to - from + 1];
        for (int i = 0; i < powers.length; i++) {
            powers[i] = Math.scalb(1.0, from + i);
        }
        return powers;
    }

    private static float[] stored(Device device, DType type, double[] values) {
        return Cast.to(tensor(device, values), type).toFloats();
    }

    private static Tensor tensor(Device device, double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.of(device, Shape.of(floats.length), floats);
    }

    /** Decimal digits that survive the way into the type and back. */
    int digits() {
        return (int) Math.floor(-Math.log10(step));
    }
}
