// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.GpuLowerings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;

/** A body of ops as a GPU would run it, against the reference kernels. */
public final class Lowered {
    /** Numbers of elements below, at and beyond what a block takes. */
    public static final List<Integer> SIZES = List.of(1, 13, 207, 1024, 4098);

    private Lowered() {
    }

    /**
     * Runs a body as a program on the emulated GPU, twice over, and on the reference device.
     *
     * @param ops       makes its inputs on a device, and returns the body, which returns what is compared
     * @param tolerance largest error, relative to the larger of the reference's magnitude and 1
     * @return the names of the kernels that ran on the GPU, in order
     */
    public static List<String> check(Function<Device, Supplier<List<Tensor>>> ops, double tolerance) {
        return check(GpuTarget.PLAIN, ops, tolerance);
    }

    /** {@link #check(Function, double)} with the kernels of a target. */
    public static List<String> check(GpuTarget target, Function<Device, Supplier<List<Tensor>>> ops, double tolerance) {
        return check(GpuLowerings.all(target), ops, tolerance);
    }

    /** {@link #check(Function, double)} with other lowerings. */
    public static List<String> check(List<Lowering> lowerings, Function<Device, Supplier<List<Tensor>>> ops, double tolerance) {
        List<float[]> expected = new ArrayList<>();
        List<float[]> actual = new ArrayList<>();
        List<String> kernels = new ArrayList<>();
        try (JvmDevice device = JvmDevice.reference()) {
            Program program = Program.record(device, ops.apply(device));
            program.run();
            program.run();
            program.outputs().forEach(t -> expected.add(values(t)));
        }
        try (EmulatedGpu device = new EmulatedGpu(lowerings)) {
            Program program = Program.record(device, ops.apply(device));
            program.launches().forEach(l -> kernels.add(l.kernel().name()));
            program.run();
            program.run();
            program.outputs().forEach(t -> actual.add(values(t)));
        }
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertClose(expected.get(i), actual.get(i), tolerance, "output " + i + " of " + kernels);
        }
        return kernels;
    }

    /** An op on one or two random operands, lowered to the kernel of its name, computes what the reference kernels do, bit for bit. */
    public static void checkBits(String op, DType dtype, BinaryOperator<Tensor> body, int... dims) {
        checkBits(List.of("gpu." + op + suffix(dtype)), d -> normal(d, dtype, 1, dims), d -> normal(d, dtype, 2, dims), body);
    }

    /** {@link #checkBits(String, DType, BinaryOperator, int...)} of these kernels, for operands that are made on a device. */
    public static void checkBits(List<String> kernels, Function<Device, Tensor> first, Function<Device, Tensor> second, BinaryOperator<Tensor> body) {
        List<String> ran = check(device -> {
            Tensor x = first.apply(device);
            Tensor w = second.apply(device);
            return () -> List.of(body.apply(x, w));
        }, 0);
        assertEquals(kernels, ran);
    }

    private static float[] values(Tensor tensor) {
        if (tensor.dtype() != DType.I32) {
            return tensor.toFloats();
        }
        // Two floats hold an int exactly.
        int[] ints = tensor.toInts();
        float[] floats = new float[2 * ints.length];
        for (int i = 0; i < ints.length; i++) {
            floats[2 * i] = ints[i] >> 16;
            floats[2 * i + 1] = ints[i] & 0xFFFF;
        }
        return floats;
    }

    private static void assertClose(float[] expected, float[] actual, double tolerance, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            float e = expected[i];
            float a = actual[i];
            boolean same = e == a || Float.isNaN(e) && Float.isNaN(a) || Math.abs((double) a - e) <= tolerance * Math.max(1, Math.abs(e));
            if (!same) {
                fail(what + ": element " + i + " is " + a + ", the reference's " + e);
            }
        }
    }

    /** Normally distributed numbers, the same for each device. */
    public static Tensor normal(Device device, DType dtype, long seed, int... dims) {
        Random random = new Random(seed);
        Shape shape = Shape.of(dims);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(device, shape, dtype, values);
    }

    public static String suffix(DType dtype) {
        return dtype == DType.F16 ? ".f16" : ".f32";
    }
}
