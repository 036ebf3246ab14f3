// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class OptimTest {
    private static final int STEPS = 20;

    /** torch.optim.AdamW's single-tensor update in double, with its default betas as decimals. */
    @ParameterizedTest
    @CsvSource({"0.9,0.999,1e-8,0.01,1", "0.9,0.999,1e-8,0,0.25", "0.5,0.95,1e-6,0.1,1", "0,0.99,1e-8,0.01,3"})
    void adamw(String beta1, String beta2, String eps, String weightDecay, String scale) {
        double b1 = Double.parseDouble(beta1);
        double b2 = Double.parseDouble(beta2);
        double gradScale = Double.parseDouble(scale);
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                Random random = new Random(n);
                float[] start = Numbers.normal(random, n, 0.5, false);
                double[] p = doubles(start);
                double[] m = new double[n];
                double[] v = new double[n];
                Tensor param = Tensor.of(device, Shape.of(n), start);
                Tensor first = Tensor.zeros(device, Shape.of(n), DType.F32);
                Tensor second = Tensor.zeros(device, Shape.of(n), DType.F32);
                Tensor lr = Tensor.zeros(device, Shape.of(1), DType.F32);
                Tensor step = Tensor.ofInts(device, Shape.of(1), 0);
                Tensor factor = gradScale == 1 ? null : Tensor.of(device, Shape.of(), (float) gradScale);
                for (int t = 1; t <= STEPS; t++) {
                    float rate = 0.01f / t;
                    float[] g = Numbers.normal(random, n, 1, false);
                    for (int i = 0; i < n; i++) {
                        double gi = g[i] * gradScale;
                        p[i] *= 1 - rate * Double.parseDouble(weightDecay);
                        m[i] += (gi - m[i]) * (1 - b1);
                        v[i] = v[i] * b2 + (1 - b2) * gi * gi;
                        p[i] -= rate / (1 - Math.pow(b1, t)) * m[i] / (Math.sqrt(v[i]) / Math.sqrt(1 - Math.pow(b2, t)) + Double.parseDouble(eps));
                    }
                    lr.write(rate);
                    Optim.incrementStep(step, null);
                    Optim.adamw(param, Tensor.of(device, Shape.of(n), g), first, second, lr, step, factor, null, Float.parseFloat(beta1),
                            Float.parseFloat(beta2), Float.parseFloat(eps), Float.parseFloat(weightDecay));
                    device.synchronize();
                }
                assertEquals(STEPS, step.toInts()[0]);
                Numbers.assertClose(p, 3e-6, 0.1, param.toFloats(), what + " param of " + n);
                Numbers.assertClose(m, 3e-6, 0.3, first.toFloats(), what + " exp_avg of " + n);
                Numbers.assertClose(v, 3e-6, 0.01, second.toFloats(), what + " exp_avg_sq of " + n);
            }
        });
    }

    /** torch.optim.SGD's single-tensor update in double. */
    @ParameterizedTest
    @CsvSource({"0,false,0,1", "0,false,0.1,0.5", "0.9,false,0,1", "0.9,false,0.01,0.5", "0.9,true,0.01,1"})
    void sgd(double momentum, boolean nesterov, double weightDecay, double gradScale) {
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                Random random = new Random(n);
                float[] start = Numbers.normal(random, n, 0.5, false);
                double[] p = doubles(start);
                double[] buffer = new double[n];
                Tensor param = Tensor.of(device, Shape.of(n), start);
                Tensor velocity = momentum == 0 ? null : Tensor.zeros(device, Shape.of(n), DType.F32);
                Tensor lr = Tensor.zeros(device, Shape.of(1), DType.F32);
                Tensor factor = gradScale == 1 ? null : Tensor.of(device, Shape.of(1), (float) gradScale);
                for (int t = 1; t <= STEPS; t++) {
                    float rate = 0.1f / t;
                    float[] g = Numbers.normal(random, n, 1, true);
                    for (int i = 0; i < n; i++) {
                        double gi = g[i] * gradScale + weightDecay * p[i];
                        buffer[i] = t == 1 ? gi : momentum * buffer[i] + gi;
                        double d = momentum == 0 ? gi : nesterov ? gi + momentum * buffer[i] : buffer[i];
                        p[i] -= rate * d;
                    }
                    lr.write(rate);
                    // Gradients in either storage; these floats are halves too.
                    Tensor gradient = Tensor.of(device, Shape.of(n), t % 2 == 0 ? DType.F32 : DType.F16, g);
                    Optim.sgd(param, gradient, velocity, lr, factor, null, (float) momentum, nesterov, (float) weightDecay);
                    device.synchronize();
                }
                Numbers.assertClose(p, 3e-6, 0.3, param.toFloats(), what + " param of " + n);
                if (velocity != null) {
                    Numbers.assertClose(buffer, 3e-6, 1, velocity.toFloats(), what + " momentum_buffer of " + n);
                }
            }
        });
    }

    @Test
    void biasCorrectionKeepsItsDigitsFromTheFirstStepOn() {
        for (double beta : new double[] {0.5, 0.9, 0.95, 0.99, 0.999, 0.9999}) {
            for (int step : new int[] {1, 2, 3, 10, 100, 249, 250, 251, 1000, 100_000}) {
                double exact = -Math.expm1(step * Math.log(beta));
                assertEquals(exact, Optim.biasCorrection((float) Math.log(beta), step), 4e-7 * exact, beta + " at " + step);
            }
        }
        assertEquals(1f, Optim.biasCorrection(Float.NEGATIVE_INFINITY, 1), "beta 0");
    }

    @Test
    void normOverSeveralTensors() {
        OnDevices.run((device, what) -> {
            Random random = new Random(4);
            double squares = 0;
            List<Tensor> tensors = new ArrayList<>();
            for (int n : new int[] {1, 3, 127, 4095, 4096, 4097, 20_000}) {
                float[] x = Numbers.normal(random, n, 1, true);
                for (float v : x) {
                    squares += (double) v * v;
                }
                tensors.add(Tensor.of(device, Shape.of(n), n % 2 == 0 ? DType.F16 : DType.F32, x));
                assertEquals(Math.sqrt(squares), Optim.norm(tensors).item(), 1e-6 * Math.sqrt(squares), what);
            }
            assertEquals(Shape.of(1 + 1 + 1 + 1 + 1 + 2 + 5), Optim.sumOfSquares(tensors).shape());
            assertEquals(0f, Optim.norm(List.of(Tensor.zeros(device, Shape.of(9), DType.F32))).item());
        });
    }

    @Test
    void clipCoefficient() {
        OnDevices.run((device, what) -> {
            assertEquals(0.5f / (2f + 1e-6f), clip(device, 2f, 0.5f), 1e-8f, what);
            assertEquals(1f, clip(device, 0.3f, 0.5f), what);
            assertEquals(1f, clip(device, 0f, 0.5f), what);
            assertEquals(0f, clip(device, Float.POSITIVE_INFINITY, 1f), what);
            assertTrue(Float.isNaN(clip(device, Float.NaN, 1f)), what);
        });
    }

    private static float clip(Device device, float norm, float maxNorm) {
        return Optim.clipCoefficient(Tensor.of(device, Shape.of(), norm), maxNorm).item();
    }

    @Test
    void nonFiniteElementsAreFoundAnywhere() {
        OnDevices.run((device, what) -> {
            for (int n : new int[] {1, 127, 4096, 4097, 9000}) {
                for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                    for (int at : new int[] {0, n / 2, n - 1}) {
                        float[] x = new float[n];
                        Arrays.fill(x, Float.MAX_VALUE);
                        Tensor clean = Tensor.of(device, Shape.of(n), x);
                        x[at] = bad;
                        Tensor spoiled = Tensor.of(device, Shape.of(n), x);
                        assertEquals(0f, Optim.hasNonFinite(List.of(clean, clean)).item(), what);
                        assertEquals(1f, Optim.hasNonFinite(List.of(clean, spoiled, clean)).item(), what + ", " + bad + " at " + at + " of " + n);
                    }
                }
            }
            Tensor half = Tensor.of(device, Shape.of(3), DType.F16, 1f, 65504f, 0f);
            assertEquals(0f, Optim.hasNonFinite(List.of(half)).item());
            assertEquals(1f, Optim.hasNonFinite(List.of(half.write(1f, 70000f, 0f))).item());
        });
    }

    @Test
    void slicingChangesNoBit() {
        int n = 4098;
        Random random = new Random(n);
        float[] param = Numbers.normal(random, n, 1, false);
        float[] second = Numbers.normal(random, n, 1, false);
        for (int i = 0; i < n; i++) {
            second[i] *= second[i];
        }
        FloatArray grad = Numbers.floats(Numbers.normal(random, n, 1, false));
        FloatArray rate = Numbers.floats(0.01f);
        IntArray step = IntArray.fromElements(3);
        float[][] reference = new float[3][];
        for (var slicing : Numbers.SLICINGS) {
            FloatArray p = Numbers.floats(param);
            FloatArray m = Numbers.floats(param);
            FloatArray v = Numbers.floats(second);
            FloatArray p2 = Numbers.floats(param);
            FloatArray m2 = Numbers.floats(param);
            FloatArray v2 = Numbers.floats(second);
            float log1 = (float) Math.log(0.9);
            float log2 = (float) Math.log(0.999);
            Numbers.inSlices(n, slicing, (from, count) -> OptimVector.adamwUpdate(p, grad, m, v, rate, step, rate, 1, rate, 0, 0.1f, 0.999f, 0.001f, log1, log2,
                    1e-8f, 0.01f, from, count));
            Numbers.inSlices(n, slicing, (from, count) -> Optim.adamwUpdate(p2, grad, m2, v2, rate, step, rate, 1, rate, 0, 0.1f, 0.999f, 0.001f, log1, log2,
                    1e-8f, 0.01f, from, count));
            float[][] now = {Numbers.values(p), Numbers.values(m), Numbers.values(v)};
            for (int k = 0; k < 3; k++) {
                reference[k] = reference[k] == null ? now[k] : reference[k];
                Numbers.assertSameBits(reference[k], now[k], "adamw result " + k);
            }
            Numbers.assertClose(doubles(Numbers.values(p2)), 1e-6, 0.1, now[0], "reference adamw");
        }
    }

    @Test
    void nothingChangesWhereAnInfinityWasFound() {
        OnDevices.run((device, what) -> {
            for (int n : OnDevices.SIZES) {
                float[] start = Numbers.normal(new Random(n), n, 1, false);
                float[] g = Numbers.normal(new Random(n + 1), n, 1, false);
                g[n / 2] = Float.NaN;
                Tensor[] state = new Tensor[3];
                Arrays.setAll(state, i -> Tensor.of(device, Shape.of(n), start));
                Tensor grad = Tensor.of(device, Shape.of(n), g);
                Tensor lr = Tensor.of(device, Shape.of(1), 0.1f);
                Tensor step = Tensor.ofInts(device, Shape.of(1), 0);
                Tensor found = Tensor.of(device, Shape.of(1), 1f);
                Optim.incrementStep(step, found);
                Optim.adamw(state[0], grad, state[1], state[2], lr, step, null, found, 0.9f, 0.999f, 1e-8f, 0.1f);
                Optim.sgd(state[0], grad, null, lr, lr, found, 0f, false, 0.1f);
                Optim.sgd(state[0], grad, state[1], lr, null, found, 0.9f, true, 0.1f);
                assertEquals(0, step.toInts()[0], what);
                for (Tensor t : state) {
                    Numbers.assertSameBits(start, t.toFloats(), what + " of " + n);
                }
            }
        });
    }

    @Test
    void updatesAreTheSameWhereNoInfinityWasFound() {
        OnDevices.run((device, what) -> {
            int n = 207;
            float[] start = Numbers.normal(new Random(1), n, 1, false);
            Tensor grad = Tensor.of(device, Shape.of(n), Numbers.normal(new Random(2), n, 1, false));
            Tensor lr = Tensor.of(device, Shape.of(1), 0.1f);
            float[][] results = new float[2][];
            for (int run = 0; run < 2; run++) {
                Tensor found = run == 0 ? null : Tensor.of(device, Shape.of(1), 0f);
                Tensor param = Tensor.of(device, Shape.of(n), start);
                Tensor[] state = new Tensor[3];
                Arrays.setAll(state, i -> Tensor.zeros(device, Shape.of(n), DType.F32));
                Tensor step = Tensor.ofInts(device, Shape.of(1), 0);
                Optim.incrementStep(step, found);
                Optim.adamw(param, grad, state[0], state[1], lr, step, null, found, 0.9f, 0.999f, 1e-8f, 0.1f);
                Optim.sgd(param, grad, null, lr, null, found, 0f, false, 0.1f);
                Optim.sgd(param, grad, state[2], lr, null, found, 0.9f, false, 0.1f);
                assertEquals(1, step.toInts()[0], what);
                results[run] = param.toFloats();
            }
            Numbers.assertSameBits(results[0], results[1], what);
        });
    }

    @Test
    void scheduledRateFollowsTheStepTensor() {
        OnDevices.run((device, what) -> {
            Tensor lr = Tensor.zeros(device, Shape.of(1), DType.F32);
            Tensor rates = Tensor.of(device, Shape.of(4), 0f, 0.25f, 0.5f, 0.125f);
            Tensor constant = Tensor.of(device, Shape.of(1), 0.75f);
            for (int taken : new int[] {0, 1, 2, 3, 4, 1000}) {
                Optim.scheduledRate(lr, Tensor.ofInts(device, Shape.of(1), taken), rates);
                assertEquals(rates.toFloats()[Math.min(taken, 3)], lr.item(), what + " after " + taken);
                Optim.scheduledRate(lr, Tensor.ofInts(device, Shape.of(1), taken), constant);
                assertEquals(0.75f, lr.item(), what + " after " + taken);
            }
        });
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor p = Tensor.zeros(device, Shape.of(4), DType.F32);
            Tensor other = Tensor.zeros(device, Shape.of(3), DType.F32);
            Tensor half = Tensor.zeros(device, Shape.of(4), DType.F16);
            Tensor lr = Tensor.zeros(device, Shape.of(1), DType.F32);
            Tensor step = Tensor.zeros(device, Shape.of(1), DType.I32);
            String message = assertThrows(IllegalArgumentException.class, () -> Optim.adamw(p, other, p, p, lr, step, null, null, 0.9f, 0.999f, 1e-8f, 0f))
                    .getMessage();
            assertTrue(message.contains("adamw") && message.contains("[4]") && message.contains("[3]"), message);
            assertThrows(IllegalArgumentException.class, () -> Optim.adamw(half, p, p, p, lr, step, null, null, 0.9f, 0.999f, 1e-8f, 0f));
            assertThrows(IllegalArgumentException.class, () -> Optim.adamw(p, p, p, p, p, step, null, null, 0.9f, 0.999f, 1e-8f, 0f));
            assertThrows(IllegalArgumentException.class, () -> Optim.adamw(p, p, p, p, lr, lr, null, null, 0.9f, 0.999f, 1e-8f, 0f));
            assertThrows(IllegalArgumentException.class, () -> Optim.sgd(p, p, other, lr, null, null, 0.9f, false, 0f));
            assertThrows(IllegalArgumentException.class, () -> Optim.sgd(p, p, null, lr, p, null, 0f, false, 0f));
            assertThrows(IllegalArgumentException.class, () -> Optim.incrementStep(lr, null));
            assertThrows(IllegalArgumentException.class, () -> Optim.norm(List.of()));
            assertThrows(IllegalArgumentException.class, () -> Optim.hasNonFinite(List.of(p, step)));
            assertThrows(IllegalArgumentException.class, () -> Optim.clipCoefficient(p, 1f));
            assertArrayEquals(new float[4], p.toFloats());
        }
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }
}
