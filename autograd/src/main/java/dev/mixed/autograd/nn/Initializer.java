// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Initial values of parameters, from one seed: the same seed gives the same model on every machine. */
public final class Initializer {
    /** Pairs of numbers that a thread draws at a time. */
    private static final int BLOCK = 1 << 13;

    private final Device device;
    private final UniformDraws random;
    private final Use use;

    /** What becomes of the draws. */
    private enum Use {
        VALUES, MADE_BUT_UNUSED, NOT_MADE
    }

    public Initializer(Device device, long seed) {
        this(device, new UniformDraws(seed), Use.VALUES);
    }

    private Initializer(Device device, UniformDraws random, Use use) {
        this.device = device;
        this.random = random;
        this.use = use;
    }

    /** One that leaves zeros in place of random numbers, for parameters all of which are loaded before their first use: drawing takes longer than loading. */
    public static Initializer zeros(Device device) {
        return new Initializer(device, new UniformDraws(0), Use.NOT_MADE);
    }

    /** As {@link #zeros}, for some of a model's parameters: whatever this initializer makes afterwards is the same as if it had made those, too. */
    public Initializer leavingZeros() {
        return new Initializer(device, random, use == Use.VALUES ? Use.MADE_BUT_UNUSED : use);
    }

    public Device device() {
        return device;
    }

    /**
     * Independent draws from N(0, std^2), by Box and Muller (1958); the same whatever the number of processors. They are made on other threads: whatever
     * needs the values waits for them ({@link Tensor#writeLater}).
     */
    public Tensor normal(Shape shape, float std) {
        return normal(shape, std, 0, 0);
    }

    /** {@link #normal(Shape, float)} of a table [rows, width] in which one row is of zeros; -1 for none. */
    public Tensor normalRows(int rows, int width, float std, int zeroRow) {
        return zeroRow < 0 ? normal(Shape.of(rows, width), std) : normal(Shape.of(rows, width), std, (long) zeroRow * width, width);
    }

    private Tensor normal(Shape shape, float std, long firstZero, long zeros) {
        int n = shape.elements();
        if (use == Use.NOT_MADE) {
            return Tensor.zeros(device, shape, DType.F32);
        }
        long first = skip(n);
        if (use == Use.MADE_BUT_UNUSED) {
            return Tensor.zeros(device, shape, DType.F32);
        }
        return Tensor.zeros(device, shape, DType.F32).writeLater(values -> {
            draw(values, n, std, first);
            values.asSlice(firstZero * Float.BYTES, zeros * Float.BYTES).fill((byte) 0);
        });
    }

    private void draw(MemorySegment values, int n, float std, long first) {
        int pairs = n / 2 + (n & 1);
        // Any thread can make any draw: which one does is of no consequence.
        IntStream.range(0, Math.ceilDiv(pairs, BLOCK)).parallel().forEach(block -> {
            for (int pair = block * BLOCK; pair < Math.min(pairs, (block + 1) * BLOCK); pair++) {
                pair(values, 2 * pair, n, std, random.at(first + 2L * pair), random.at(first + 2L * pair + 1));
            }
        });
    }

    /** Passes over the draws for so many numbers, of which the last of an odd number has a pair, too. Gives the first's number. */
    private long skip(int numbers) {
        return random.take((long) numbers + (numbers & 1));
    }

    private static void pair(MemorySegment values, int i, int n, float std, double u, double v) {
        // 1 - u is in (0, 1], where the logarithm is finite; StrictMath gives the same bits everywhere.
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - u));
        double angle = 2 * Math.PI * v;
        values.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) (std * radius * StrictMath.cos(angle)));
        if (i + 1 < n) {
            values.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i + 1, (float) (std * radius * StrictMath.sin(angle)));
        }
    }

    /** The same value everywhere. */
    public Tensor constant(Shape shape, float value) {
        float[] values = new float[shape.elements()];
        Arrays.fill(values, value);
        return Tensor.of(device, shape, values);
    }
}
