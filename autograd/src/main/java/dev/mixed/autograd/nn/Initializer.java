// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Initial values of parameters, from one seed: the same seed gives the same model on every machine. */
public final class Initializer {
    private final Device device;
    private final SplittableRandom random;

    public Initializer(Device device, long seed) {
        this.device = device;
        this.random = new SplittableRandom(seed);
    }

    public Device device() {
        return device;
    }

    /** Independent draws from N(0, std^2), by Box and Muller (1958). */
    public Tensor normal(Shape shape, float std) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i += 2) {
            // 1 - nextDouble() is in (0, 1], where the logarithm is finite; StrictMath gives the same bits everywhere.
            double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
            double angle = 2 * Math.PI * random.nextDouble();
            values[i] = (float) (std * radius * StrictMath.cos(angle));
            if (i + 1 < values.length) {
                values[i + 1] = (float) (std * radius * StrictMath.sin(angle));
            }
        }
        return Tensor.of(device, shape, values);
    }

    /** The same value everywhere. */
    public Tensor constant(Shape shape, float value) {
        float[] values = new float[shape.elements()];
        Arrays.fill(values, value);
        return Tensor.of(device, shape, values);
    }
}
