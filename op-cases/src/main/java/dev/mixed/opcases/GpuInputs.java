// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.SplittableRandom;

/** Inputs of a {@link GpuCase} on a device: the same numbers for each device. */
public final class GpuInputs {
    private final Device device;
    private final boolean drawn;
    private final SplittableRandom random = new SplittableRandom(20);

    public GpuInputs(Device device) {
        this(device, true);
    }

    private GpuInputs(Device device, boolean drawn) {
        this.device = device;
        this.drawn = drawn;
    }

    /** Inputs of the same shapes, all 0, for a device that computes nothing. */
    static GpuInputs blank(Device device) {
        return new GpuInputs(device, false);
    }

    /** Whether they have values of their own. */
    boolean drawn() {
        return drawn;
    }

    public Device device() {
        return device;
    }

    /** Normal numbers, rounded to the type. */
    public Tensor normal(DType dtype, int... dims) {
        return normal(dtype, 1, dims);
    }

    /** Normal numbers of a standard deviation, rounded to the type. */
    public Tensor normal(DType dtype, double deviation, int... dims) {
        Shape shape = Shape.of(dims);
        if (!drawn) {
            return Tensor.zeros(device, shape, dtype);
        }
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return Tensor.of(device, shape, dtype, values);
    }

    /** Numbers from {@code low} to {@code high}. */
    public Tensor uniform(DType dtype, double low, double high, int... dims) {
        Shape shape = Shape.of(dims);
        if (!drawn) {
            return Tensor.zeros(device, shape, dtype);
        }
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(low, high);
        }
        return Tensor.of(device, shape, dtype, values);
    }

    /** Whole numbers from 0 to below {@code bound}. */
    public Tensor ints(int bound, int... dims) {
        Shape shape = Shape.of(dims);
        if (!drawn) {
            return Tensor.zeros(device, shape, DType.I32);
        }
        return Tensor.ofInts(device, shape, random.ints(shape.elements(), 0, bound).toArray());
    }

    /** One number. */
    public Tensor scalar(float value) {
        return Tensor.of(device, Shape.of(1), value);
    }

    /** A mask [batch, seq] of 0 for each row's first positions, at least one, and float's minimum for the rest. */
    public Tensor mask(int batch, int seq) {
        float[] values = new float[batch * seq];
        for (int b = 0; b < batch; b++) {
            int length = 1 + random.nextInt(seq);
            for (int i = length; i < seq; i++) {
                values[b * seq + i] = -Float.MAX_VALUE;
            }
        }
        return Tensor.of(device, Shape.of(batch, seq), values);
    }
}
