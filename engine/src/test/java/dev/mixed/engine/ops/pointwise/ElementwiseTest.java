// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.OnDevices.rounded;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One rounding per element: results are compared exactly. */
class ElementwiseTest {
    private interface Arithmetic {
        float of(float a, float b);
    }

    private interface Op {
        Tensor of(Tensor a, Tensor b);
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void binaryOps(DType dtype) {
        check(dtype, dtype, Elementwise::add, (a, b) -> a + b);
        check(dtype, dtype, Elementwise::sub, (a, b) -> a - b);
        check(dtype, dtype, Elementwise::mul, (a, b) -> a * b);
        check(dtype, dtype, (a, b) -> Elementwise.scale(a, -0.3f), (a, b) -> a * -0.3f);
        check(dtype, dtype, (a, b) -> Elementwise.scaleBy(a, factor(a.device())), (a, b) -> a * 1.7f);
        check(dtype, dtype, (a, b) -> {
            Elementwise.scaleInPlace(a, factor(a.device()));
            return a;
        }, (a, b) -> a * 1.7f);
        check(dtype, dtype, (a, b) -> Elementwise.copy(a), (a, b) -> a);
        check(dtype, dtype, (a, b) -> {
            Elementwise.fillInto(a, 0.1f);
            return a;
        }, (a, b) -> 0.1f);
        check(dtype, dtype, (a, b) -> {
            Elementwise.addInto(a, b);
            return a;
        }, (a, b) -> a + b);
    }

    @Test
    void halvesIntoFloats() {
        check(DType.F32, DType.F16, (a, b) -> {
            Elementwise.addInto(a, b);
            return a;
        }, (a, b) -> a + b);
        check(DType.F32, DType.F16, (a, b) -> {
            Elementwise.copyInto(a, b);
            return a;
        }, (a, b) -> b);
        check(DType.F16, DType.F32, (a, b) -> {
            Elementwise.copyInto(a, b);
            return a;
        }, (a, b) -> b);
    }

    private static Tensor factor(Device device) {
        return Tensor.of(device, Shape.of(1), 1.7f);
    }

    private static void check(DType first, DType second, Op op, Arithmetic arithmetic) {
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                float[] a = Numbers.normal(new Random(n), n, 3, first == DType.F16);
                float[] b = Numbers.normal(new Random(n + 1), n, 3, second == DType.F16);
                float[] expected = new float[n];
                for (int i = 0; i < n; i++) {
                    expected[i] = rounded(arithmetic.of(a[i], b[i]), first == DType.F16);
                }
                Tensor y = op.of(Tensor.of(device, Shape.of(n), first, a), Tensor.of(device, Shape.of(n), second, b));
                assertTrue(y.dtype() == first, "type of the result");
                assertArrayEquals(expected, y.toFloats(), what + ", size " + n);
            }
        });
    }

    @Test
    void fillMakesATensor() {
        try (JvmDevice device = JvmDevice.open(1)) {
            assertArrayEquals(new float[] {2.5f, 2.5f}, Elementwise.fill(device, Shape.of(2, 1), DType.F16, 2.5f).toFloats());
            assertArrayEquals(new int[] {4, 5}, Elementwise.copy(Tensor.ofInts(device, Shape.of(2), 4, 5)).toInts());
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor a = Tensor.zeros(device, Shape.of(2, 3), DType.F32);
            Tensor b = Tensor.zeros(device, Shape.of(3, 2), DType.F32);
            Tensor half = Tensor.zeros(device, Shape.of(2, 3), DType.F16);
            Tensor ints = Tensor.zeros(device, Shape.of(2, 3), DType.I32);
            String message = assertThrows(IllegalArgumentException.class, () -> Elementwise.add(a, b)).getMessage();
            assertTrue(message.contains("add") && message.contains("[2, 3]") && message.contains("[3, 2]"), message);
            assertThrows(IllegalArgumentException.class, () -> Elementwise.mul(a, half));
            assertThrows(IllegalArgumentException.class, () -> Elementwise.sub(ints, ints));
            assertThrows(IllegalArgumentException.class, () -> Elementwise.addInto(half, a));
            assertThrows(IllegalArgumentException.class, () -> Elementwise.addInto(a, b));
            assertThrows(IllegalArgumentException.class, () -> Elementwise.scaleBy(a, b));
            assertThrows(IllegalArgumentException.class, () -> Elementwise.scale(ints, 2f));
            assertThrows(IllegalArgumentException.class, () -> Elementwise.copyInto(ints, a));
            assertThrows(IllegalArgumentException.class, () -> Elementwise.fill(device, Shape.of(1), DType.I32, 1f));
        }
    }
}
