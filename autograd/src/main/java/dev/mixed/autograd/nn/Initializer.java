// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Initial values of parameters, from one seed: the same seed gives the same model on every machine. */
public final class Initializer {
    /** Draws that are in memory as double at once; even. */
    private static final int BLOCK = 1 << 20;

    private final Device device;
    private final SplittableRandom random;

    public Initializer(Device device, long seed) {
        this.device = device;
        this.random = new SplittableRandom(seed);
    }

    public Device device() {
        return device;
    }

    /** Independent draws from N(0, std^2), by Box and Muller (1958); the same whatever the number of processors. */
    public Tensor normal(Shape shape, float std) {
        float[] values = new float[shape.elements()];
        double[] uniform = new double[Math.min(BLOCK, values.length + 1)];
        for (int from = 0; from < values.length; from += BLOCK) {
            int first = from;
            int pairs = (Math.min(BLOCK, values.length - from) + 1) / 2;
            // Drawing is a few additions and shifts, in one order; logarithms and cosines take the time, in any order.
            for (int i = 0; i < 2 * pairs; i++) {
                uniform[i] = random.nextDouble();
            }
            IntStream.range(0, pairs).parallel().forEach(pair -> pair(values, first + 2 * pair, std, uniform[2 * pair], uniform[2 * pair + 1]));
        }
        return Tensor.of(device, shape, values);
    }

    private static void pair(float[] values, int i, float std, double u, double v) {
        // 1 - u is in (0, 1], where the logarithm is finite; StrictMath gives the same bits everywhere.
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - u));
        double angle = 2 * Math.PI * v;
        values[i] = (float) (std * radius * StrictMath.cos(angle));
        if (i + 1 < values.length) {
            values[i + 1] = (float) (std * radius * StrictMath.sin(angle));
        }
    }

    /** The same value everywhere. */
    public Tensor constant(Shape shape, float value) {
        float[] values = new float[shape.elements()];
        Arrays.fill(values, value);
        return Tensor.of(device, shape, values);
    }
}
