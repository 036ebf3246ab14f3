// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.Device;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Random;

/**
 * What an op case must give for one set of inputs, found in float64: its result, and the gradients by central finite differences.
 *
 * <p>Differences are taken along single elements, as many as time allows, and along one random direction through all elements of an input,
 * which no wrong element can hide from.
 */
final class Expected {
    private static final double STEP = 1e-6;
    /** Operations to spend on the differences of one input. */
    private static final long BUDGET = 800_000;

    /** The gradient of one input at some elements, and along a direction. */
    record Gradient(int[] elements, double[] values, double[] direction, double slope) {
    }

    final double[][] inputs;
    final double[] result;
    final double[] cotangent;
    final Gradient[] gradients;

    Expected(OpCase c, Device device, long seed, boolean half) {
        inputs = c.draw(seed, half);
        double[] factors = c.factors(device, new RandomState(device, CaseRun.SEED));
        result = c.reference(inputs, factors);
        cotangent = CaseRun.cotangentValues(result.length, seed);
        gradients = new Gradient[inputs.length];
        Random random = new Random(seed);
        for (int i = 0; i < inputs.length; i++) {
            if (c.inputs().get(i).differentiable()) {
                gradients[i] = gradient(c, i, factors, random);
            }
        }
    }

    private Gradient gradient(OpCase c, int input, double[] factors, Random random) {
        double[] x = inputs[input];
        int probes = Math.clamp(BUDGET / c.cost(), 8, x.length <= 8 ? 8 : x.length);
        int[] elements = probes >= x.length ? random.ints(0, x.length).distinct().limit(x.length).toArray()
                : random.ints(0, x.length).distinct().limit(probes).toArray();
        double[] values = new double[elements.length];
        for (int i = 0; i < elements.length; i++) {
            double[] unit = new double[x.length];
            unit[elements[i]] = 1;
            values[i] = slope(c, input, factors, unit);
        }
        double[] direction = Draw.gaussians(random, x.length);
        return new Gradient(elements, values, direction, slope(c, input, factors, direction));
    }

    private double slope(OpCase c, int input, double[] factors, double[] direction) {
        double[] up = c.reference(moved(input, direction, STEP), factors);
        double[] down = c.reference(moved(input, direction, -STEP), factors);
        double sum = 0;
        for (int i = 0; i < up.length; i++) {
            sum += (up[i] - down[i]) * cotangent[i];
        }
        return sum / (2 * STEP);
    }

    private double[][] moved(int input, double[] direction, double step) {
        double[][] values = inputs.clone();
        values[input] = Reference.add(inputs[input], direction, step);
        return values;
    }
}
