package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.matmul.GpuGemm.Operand;
import dev.mixed.engine.ops.pointwise.Broadcast;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** F16 products as a GPU runs them, against the reference loops. */
class MatmulLoweringTest {
    @ParameterizedTest(name = "[{0}, {1}] x [{2}] in batches of {3}, transposed {4} {5}, to F32 {6}, accumulate {7}")
    @CsvSource({
        "64, 64, 64, 1, false, true, false, false",
        "13, 20, 24, 1, false, true, false, false",
        "13, 20, 24, 1, false, false, false, true",
        "68, 12, 96, 1, true, false, true, false",
        "64, 64, 40, 1, true, false, true, false",
        "64, 64, 41, 1, true, false, true, true",
        "16, 1, 96, 1, false, true, false, false",
        "16, 96, 1, 1, false, false, false, false",
        "1, 96, 16, 1, true, false, true, true",
        "7, 13, 5, 1, true, true, false, true",
        "20, 36, 8, 6, false, true, false, false",
        "20, 8, 36, 6, false, false, false, false",
        "36, 8, 20, 6, true, false, false, true",
        "5, 3, 7, 6, false, true, false, false",
        "64, 64, 1024, 1, true, false, true, false",
        "60, 64, 1023, 1, true, false, true, true",
        "32, 64, 520, 2, false, true, false, false",
    })
    void product(int m, int n, int k, int batch, boolean transposeA, boolean transposeB, boolean toFloat, boolean accumulate) {
        Shape a = transposeA ? shape(batch, k, m) : shape(batch, m, k);
        Shape b = transposeB ? shape(batch, n, k) : shape(batch, k, n);
        compare(k, device -> {
            Tensor c = random(device, shape(batch, m, n), toFloat ? DType.F32 : DType.F16, 3);
            Matmul.matmulInto(c, random(device, a, DType.F16, 1), random(device, b, DType.F16, 2), transposeA, transposeB, accumulate);
            return List.of(c);
        });
    }

    @ParameterizedTest
    @CsvSource({"13, 20, 24", "64, 128, 32", "16, 1, 12", "3, 7, 5"})
    void productWithBias(int m, int n, int k) {
        compare(k, device -> {
            Tensor y = Matmul.matmul(random(device, Shape.of(m, k), DType.F16, 1), random(device, Shape.of(n, k), DType.F16, 2), false, true);
            Broadcast.addInto(y, random(device, Shape.of(n), DType.F16, 3));
            return List.of(y);
        });
    }

    @ParameterizedTest
    @CsvSource({"13, 20, 24", "64, 128, 32", "3, 7, 5"})
    void productWithBiasAndGelu(int m, int n, int k) {
        compare(k, device -> {
            Tensor y = Matmul.matmul(random(device, Shape.of(m, k), DType.F16, 1), random(device, Shape.of(n, k), DType.F16, 2), false, true);
            Broadcast.addInto(y, random(device, Shape.of(n), DType.F16, 3));
            return List.of(Gelu.exact(y), y);
        });
    }

    /** In a program that returns GELU alone, what is before it takes no storage. */
    @Test
    void unreadOperandOfGeluIsNotWritten() {
        Function<Device, List<Tensor>> body = device -> {
            Tensor y = Matmul.matmul(random(device, Shape.of(13, 24), DType.F16, 1), random(device, Shape.of(20, 24), DType.F16, 2), false, true);
            Broadcast.addInto(y, random(device, Shape.of(20), DType.F16, 3));
            return List.of(Gelu.exact(y));
        };
        float[] expected;
        try (JvmDevice jvm = JvmDevice.reference()) {
            expected = body.apply(jvm).getFirst().toFloats();
        }
        try (EmulatedGpu gpu = new EmulatedGpu()) {
            Tensor x = random(gpu, Shape.of(13, 24), DType.F16, 1), w = random(gpu, Shape.of(20, 24), DType.F16, 2), bias = random(gpu, Shape.of(20), DType.F16, 3);
            Program program = Program.record(gpu, () -> {
                Tensor y = Matmul.matmul(x, w, false, true);
                Broadcast.addInto(y, bias);
                return List.of(Gelu.exact(y));
            });
            assertEquals(List.of("gemm_64.f16"), program.launches().stream().map(Launch::kernel).map(Object::toString).toList());
            assertTrue(program.plan().unsharedBytes() <= 64 * 64 * 4 + 4 * 64, "scratch alone, not what is before GELU: " + program.plan().unsharedBytes());
            program.run();
            assertClose(expected, program.output(0).toFloats(), 24, true, 0);
        }
    }

    /** The large tile's finishes, which a plan would choose by larger shapes. */
    @Test
    void largeTilesFinish() {
        int m = 200, n = 250, k = 40;
        Function<Device, List<Tensor>> body = device -> {
            Tensor a = random(device, Shape.of(m, k), DType.F16, 1), b = random(device, Shape.of(n, k), DType.F16, 2), bias = random(device, Shape.of(n), DType.F16, 3);
            Tensor sum = random(device, Shape.of(m, n), DType.F16, 4);
            Matmul.matmulInto(sum, a, b, false, true, true);
            Tensor y = Matmul.matmul(a, b, false, true);
            Broadcast.addInto(y, bias);
            Tensor z = Matmul.matmul(a, b, false, true);
            Broadcast.addInto(z, bias);
            Tensor g = Gelu.exact(z);
            return List.of(sum, Matmul.matmul(a, b, false, true), y, z, g);
        };
        GemmPlan plan = new GemmPlan(128, 1);
        Lowering large = (program, at, out) -> {
            if (!program.is(at, "matmul.f16")) {
                return 0;
            }
            Launch launch = program.get(at);
            Operand a = new Operand(launch.buffer(0), false, k, 0, 0), b = new Operand(launch.buffer(1), true, k, 0, 0);
            Buffer dst = launch.buffer(2), c = out.scratch(DType.F32, 256 * 256);
            if (!program.is(at + 1, "broadcast_add_into.f16.f16")) {
                HalfGemm.toHalf(out, plan, 1, m, n, k, a, b, c, dst, launch.intAt(11) != 0);
                return 1;
            }
            if (!program.is(at + 2, "gelu.f16")) {
                HalfGemm.toHalfWithBias(out, plan, 1, m, n, k, a, b, c, program.get(at + 1).buffer(1), dst, false);
                return 2;
            }
            HalfGemm.toHalfWithBiasAndGelu(out, plan, 1, m, n, k, a, b, c, program.get(at + 1).buffer(1), dst, program.get(at + 2).buffer(1));
            return 3;
        };
        try (JvmDevice jvm = JvmDevice.reference(); EmulatedGpu gpu = new EmulatedGpu(List.of(large))) {
            List<Tensor> expected = body.apply(jvm), actual = body.apply(gpu);
            for (int i = 0; i < expected.size(); i++) {
                assertClose(expected.get(i).toFloats(), actual.get(i).toFloats(), k, true, i);
            }
        }
    }

    /** Large tiles in parts of k, which are summed up afterwards. */
    @ParameterizedTest(name = "{0} parts, transposed {1} {2}")
    @CsvSource({"3, true, false", "2, false, true", "2, true, true"})
    void largeTilesInParts(int splits, boolean transposeA, boolean transposeB) {
        int m = 196, n = 252, k = 100;
        Function<Device, List<Tensor>> body = device -> List.of(Matmul.matmul(random(device, transposeA ? Shape.of(k, m) : Shape.of(m, k), DType.F16, 1),
                random(device, transposeB ? Shape.of(n, k) : Shape.of(k, n), DType.F16, 2), transposeA, transposeB));
        Lowering large = (program, at, out) -> {
            if (!program.is(at, "matmul.f16")) {
                return 0;
            }
            Operand a = new Operand(program.get(at).buffer(0), transposeA, transposeA ? m : k, 0, 0);
            Operand b = new Operand(program.get(at).buffer(1), transposeB, transposeB ? k : n, 0, 0);
            Buffer c = out.scratch(DType.F32, splits * 256 * 256);
            HalfGemm.parts(out, new GemmPlan(128, splits), 1, m, n, k, a, b, c);
            GemmFinish.cast(out, new GemmFinish.Scratch(c, 1, m, n, 256, splits * 256 * 256, splits, 256 * 256, true), program.get(at).buffer(2), false);
            return 1;
        };
        try (JvmDevice jvm = JvmDevice.reference(); EmulatedGpu gpu = new EmulatedGpu(List.of(large))) {
            assertClose(body.apply(jvm).getFirst().toFloats(), body.apply(gpu).getFirst().toFloats(), k, true, 0);
        }
    }

    /** Sums over parts of k are added in a fixed order: the same bits each time. */
    @Test
    void splitSumsAreReproducible() {
        assertTrue(GemmPlan.of(1, 64, 64, 1024, Integer.MAX_VALUE).splits() > 1);
        float[][] results = new float[2][];
        for (int i = 0; i < 2; i++) {
            try (EmulatedGpu gpu = new EmulatedGpu()) {
                Tensor c = Tensor.empty(gpu, Shape.of(64, 64), DType.F32);
                Matmul.matmulInto(c, random(gpu, Shape.of(1024, 64), DType.F16, 1), random(gpu, Shape.of(1024, 64), DType.F16, 2), true, false, false);
                results[i] = c.toFloats();
            }
        }
        assertArrayEquals(results[0], results[1]);
    }

    /** A grid has 65,535 blocks along z at most: the loop kernel takes the product. */
    @Test
    void moreProductsThanAGridHasBlocks() {
        int batch = 70_000;
        try (EmulatedGpu gpu = new EmulatedGpu(); JvmDevice jvm = JvmDevice.reference()) {
            float[][] results = new float[2][];
            for (Device device : List.of(gpu, jvm)) {
                Tensor a = random(device, Shape.of(batch, 1, 4), DType.F16, 1), b = random(device, Shape.of(batch, 4, 1), DType.F16, 2);
                results[device == gpu ? 0 : 1] = Matmul.matmul(a, b, false, false).toFloats();
            }
            assertArrayEquals(results[1], results[0]);
        }
    }

    @Test
    void plansFillTheGpu() {
        assertEquals(new GemmPlan(128, 1), GemmPlan.of(1, 8192, 3072, 768, Integer.MAX_VALUE));
        assertEquals(128, GemmPlan.of(1, 768, 768, 8192, Integer.MAX_VALUE).edge());
        assertTrue(GemmPlan.of(1, 768, 768, 8192, Integer.MAX_VALUE).splits() >= 6);
        assertEquals(1, GemmPlan.of(192, 512, 512, 64, Integer.MAX_VALUE).splits());
        assertEquals(new GemmPlan(64, 1), GemmPlan.of(192, 512, 64, 512, 1));
    }

    private static void compare(int k, Function<Device, List<Tensor>> body) {
        try (JvmDevice jvm = JvmDevice.reference(); EmulatedGpu gpu = new EmulatedGpu()) {
            List<Tensor> expected = body.apply(jvm);
            List<Tensor> actual = body.apply(gpu);
            for (int i = 0; i < expected.size(); i++) {
                assertClose(expected.get(i).toFloats(), actual.get(i).toFloats(), k, expected.get(i).dtype() == DType.F16, i);
            }
        }
    }

    /** Operands are below 1 in size: each product is, and a sum of k of them is rounded k times, in either order; a half up to three times. */
    private static void assertClose(float[] expected, float[] actual, int k, boolean half, int tensor) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            double bound = 2.0 * (k + 2) * (k + 2) * 0x1p-24 + (half ? 4 * 0x1p-11 * (Math.abs(expected[i]) + 1) : 0);
            assertTrue(Math.abs(expected[i] - actual[i]) <= bound, "tensor " + tensor + ", element " + i + " is " + actual[i] + ", expected " + expected[i] + " within " + bound);
        }
    }

    private static Shape shape(int batch, int rows, int columns) {
        return batch == 1 ? Shape.of(rows, columns) : Shape.of(2, batch / 2, rows, columns);
    }

    private static Tensor random(Device device, Shape shape, DType dtype, int seed) {
        Random random = new Random(seed);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return Tensor.of(device, shape, dtype, values);
    }
}
