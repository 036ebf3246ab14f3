// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.gelu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Float64;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

class GeluTest {
    private static final int POINTS = 200_001;

    private static double gelu(double x) {
        return x * Float64.phi(x);
    }

    private static double slope(double x) {
        return Float64.phi(x) + x * Float64.density(x);
    }

    private static double geluTanh(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    private static double tanhSlope(double x) {
        double c = Math.sqrt(2 / Math.PI);
        double t = Math.tanh(c * (x + 0.044715 * x * x * x));
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
    }

    @Test
    void theYardstickItselfIsRight() {
        // Known values of the distribution.
        assertEquals(0.841344746068543, Float64.phi(1), 1e-14);
        assertEquals(0.0013498980316301, Float64.phi(-3), 1e-15);
        assertEquals(2.8665157187919391e-7, Float64.phi(-5), 1e-20);
        assertEquals(0.5, Float64.phi(0), 0);
    }

    /** Within 2e-7 of float64 over [-10, 10], or within half a unit in the last place where that is more. */
    @Test
    void erfForm() {
        check(Gelu::exact, GeluTest::gelu, (x, y) -> Math.max(2e-7, 0.52 * Math.ulp((float) y)));
        check(x -> Gelu.exactBackward(x, ones(x)), GeluTest::slope, (x, y) -> 5e-7);
    }

    @Test
    void tanhForm() {
        check(Gelu::tanhApproximation, GeluTest::geluTanh, (x, y) -> 3e-7 * Math.max(1, Math.abs(x)));
        check(x -> Gelu.tanhApproximationBackward(x, ones(x)), GeluTest::tanhSlope, (x, y) -> 1e-6);
    }

    /** The distribution function on its own, x Phi(x) / x, is as close. */
    @Test
    void distribution() {
        OnDevices.run((device, what) -> {
            float[] x = grid();
            float[] y = Gelu.exact(Tensor.of(device, Shape.of(POINTS), x)).toFloats();
            for (int i = 0; i < POINTS; i++) {
                if (x[i] != 0) {
                    assertEquals(Float64.phi(x[i]), (double) y[i] / x[i], 2.5e-7, what + " at " + x[i]);
                }
            }
        });
    }

    private interface Bound {
        double at(double x, double y);
    }

    private static void check(UnaryOperator<Tensor> op, DoubleUnaryOperator expected, Bound bound) {
        OnDevices.run((device, what) -> {
            float[] x = grid();
            float[] y = op.apply(Tensor.of(device, Shape.of(POINTS), x)).toFloats();
            double[] exact = new double[POINTS];
            double[] bounds = new double[POINTS];
            for (int i = 0; i < POINTS; i++) {
                exact[i] = expected.applyAsDouble(x[i]);
                bounds[i] = bound.at(x[i], exact[i]);
            }
            Numbers.assertWithin(exact, bounds, y, what);
            for (int n : OnDevices.SIZES) {
                float[] halves = Numbers.normal(new Random(n), n, 2, true);
                double[] of = new double[n];
                for (int i = 0; i < n; i++) {
                    of[i] = expected.applyAsDouble(halves[i]);
                }
                Tensor result = op.apply(Tensor.of(device, Shape.of(n), DType.F16, halves));
                assertEquals(DType.F16, result.dtype());
                Numbers.assertClose(of, 1.1 * Numbers.EPS_HALF, 1e-3, result.toFloats(), what + " half");
            }
        });
    }

    private static float[] grid() {
        float[] x = new float[POINTS];
        for (int i = 0; i < POINTS; i++) {
            x[i] = (i - POINTS / 2) * 1e-4f;
        }
        return x;
    }

    private static Tensor ones(Tensor x) {
        return Elementwise.fill(x.device(), x.shape(), x.dtype(), 1f);
    }

    @Test
    void theGradientIsMultiplied() {
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                float[] x = Numbers.normal(new Random(n), n, 2, false);
                float[] dy = Numbers.normal(new Random(n + 1), n, 1, false);
                double[] erf = new double[n];
                double[] tanh = new double[n];
                double[] bound = new double[n];
                for (int i = 0; i < n; i++) {
                    erf[i] = dy[i] * slope(x[i]);
                    tanh[i] = dy[i] * tanhSlope(x[i]);
                    bound[i] = 1e-6 * Math.max(1, Math.abs(dy[i]));
                }
                Tensor xs = Tensor.of(device, Shape.of(n), x);
                Tensor dys = Tensor.of(device, Shape.of(n), dy);
                Numbers.assertWithin(erf, bound, Gelu.exactBackward(xs, dys).toFloats(), what);
                Numbers.assertWithin(tanh, bound, Gelu.tanhApproximationBackward(xs, dys).toFloats(), what);
            }
        });
    }

    @Test
    void extremes() {
        OnDevices.run((device, what) -> {
            Tensor x = Tensor.of(device, Shape.of(5), Float.POSITIVE_INFINITY, 1e15f, -1e15f, Float.NaN, 0f);
            assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, 1e15f, -0f, Float.NaN, 0f}, Gelu.exact(x).toFloats(), what);
            assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, 1e15f, -0f, Float.NaN, 0f}, Gelu.tanhApproximation(x).toFloats(), what);
            Tensor one = Elementwise.fill(device, Shape.of(3), DType.F32, 1f);
            Tensor large = Tensor.of(device, Shape.of(3), 1e15f, -1e15f, Float.NaN);
            assertArrayEquals(new float[] {1f, 0f, Float.NaN}, Gelu.exactBackward(large, one).toFloats(), what);
            assertArrayEquals(new float[] {1f, 0f, Float.NaN}, Gelu.tanhApproximationBackward(large, one).toFloats(), what);
        });
    }

    @Test
    void slicingChangesNoBit() {
        for (int n : OnDevices.SIZES) {
            FloatArray x = Numbers.floats(Numbers.normal(new Random(n), n, 3, false));
            HalfFloatArray h = Numbers.halves(Numbers.normal(new Random(n), n, 3, true));
            FloatArray y = new FloatArray(n);
            HalfFloatArray z = new HalfFloatArray(n);
            Numbers.Slice[] floats = {
                (from, count) -> GeluVector.exact(x, y, from, count), (from, count) -> GeluVector.approximate(x, y, from, count),
                (from, count) -> GeluVector.exactBackward(x, x, y, from, count), (from, count) -> GeluVector.approximateBackward(x, x, y, from, count)};
            Numbers.Slice[] halves = {
                (from, count) -> GeluVector.exactHalf(h, z, from, count), (from, count) -> GeluVector.approximateHalf(h, z, from, count),
                (from, count) -> GeluVector.exactBackwardHalf(h, h, z, from, count), (from, count) -> GeluVector.approximateBackwardHalf(h, h, z, from, count)};
            for (int k = 0; k < floats.length; k++) {
                float[] whole = null;
                float[] wholeHalf = null;
                for (var slicing : Numbers.SLICINGS) {
                    Numbers.inSlices(n, slicing, floats[k]);
                    Numbers.inSlices(n, slicing, halves[k]);
                    whole = whole == null ? Numbers.values(y) : whole;
                    wholeHalf = wholeHalf == null ? Numbers.values(z) : wholeHalf;
                    Numbers.assertSameBits(whole, Numbers.values(y), "gelu kernel " + k);
                    Numbers.assertSameBits(wholeHalf, Numbers.values(z), "half gelu kernel " + k);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void lowered(DType dtype) {
        for (int n : Lowered.SIZES) {
            Lowered.checkBits("gelu", dtype, (x, _) -> Gelu.exact(x), n);
            Lowered.checkBits("gelu_backward", dtype, Gelu::exactBackward, n);
            Lowered.checkBits("gelu_tanh", dtype, (x, _) -> Gelu.tanhApproximation(x), n);
            Lowered.checkBits("gelu_tanh_backward", dtype, Gelu::tanhApproximationBackward, n);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(2), DType.F32);
            assertThrows(IllegalArgumentException.class, () -> Gelu.exact(Tensor.zeros(device, Shape.of(2), DType.I32)));
            String message = assertThrows(IllegalArgumentException.class, () -> Gelu.exactBackward(x, Tensor.zeros(device, Shape.of(3), DType.F32)))
                    .getMessage();
            assertTrue(message.contains("gelu") && message.contains("[2]") && message.contains("[3]"), message);
        }
    }

    /** Whole groups of eight and what is left of them, on a GPU with intrinsics. */
    @Test
    void halvesOnIntrinsics() {
        for (int n : new int[] {1, 8, 207, 2048, 4096, 4098, 9001}) {
            assertEquals(List.of("wide.gelu.f16"), Lowered.check(GpuTarget.TURING, d -> {
                Tensor x = Lowered.normal(d, DType.F16, 1, n);
                return () -> List.of(Gelu.exact(x));
            }, 1.1 * Numbers.EPS_HALF));
        }
    }
}
