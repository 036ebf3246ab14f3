// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import static dev.mixed.engine.ops.OnDevices.rounded;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link Tanh} and {@link Relu}. */
class ActivationTest {
    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void tanh(DType dtype) {
        boolean half = dtype == DType.F16;
        double relative = half ? 1.01 * Numbers.EPS_HALF : 2e-7;
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                float[] x = Numbers.normal(new Random(n), n, 2, half);
                float[] dy = Numbers.normal(new Random(n + 1), n, 1, half);
                Tensor y = Tanh.forward(Tensor.of(device, Shape.of(n), dtype, x));
                double[] expected = new double[n];
                double[] slope = new double[n];
                for (int i = 0; i < n; i++) {
                    expected[i] = Math.tanh(x[i]);
                    double t = y.toFloats()[i];
                    slope[i] = dy[i] * (1 - t * t);
                }
                Numbers.assertClose(expected, relative, 1e-4, y.toFloats(), what);
                float[] dx = Tanh.backward(y, Tensor.of(device, Shape.of(n), dtype, dy)).toFloats();
                Numbers.assertClose(slope, half ? relative : 1e-6, 1, dx, what);
            }
        });
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void relu(DType dtype) {
        boolean half = dtype == DType.F16;
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                float[] x = Numbers.normal(new Random(n), n, 2, half);
                x[n / 2] = 0f;
                float[] dy = Numbers.normal(new Random(n + 1), n, 1, half);
                float[] expected = new float[n];
                float[] slope = new float[n];
                for (int i = 0; i < n; i++) {
                    expected[i] = rounded(Math.max(x[i], 0f), half);
                    slope[i] = x[i] > 0 ? dy[i] : 0f;
                }
                Tensor xs = Tensor.of(device, Shape.of(n), dtype, x);
                assertArrayEquals(expected, Relu.forward(xs).toFloats(), what);
                assertArrayEquals(slope, Relu.backward(xs, Tensor.of(device, Shape.of(n), dtype, dy)).toFloats(), what);
            }
            Tensor nan = Tensor.of(device, Shape.of(1), Float.NaN);
            assertArrayEquals(new float[] {Float.NaN}, Relu.forward(nan).toFloats(), "an overflow stays visible");
        });
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(2), DType.F32);
            Tensor half = Tensor.zeros(device, Shape.of(2), DType.F16);
            assertThrows(IllegalArgumentException.class, () -> Tanh.backward(x, half));
            assertThrows(IllegalArgumentException.class, () -> Relu.backward(x, half));
            assertThrows(IllegalArgumentException.class, () -> Tanh.forward(Tensor.zeros(device, Shape.of(2), DType.I32)));
            assertThrows(IllegalArgumentException.class, () -> Relu.forward(Tensor.zeros(device, Shape.of(2), DType.I32)));
        }
    }
}
