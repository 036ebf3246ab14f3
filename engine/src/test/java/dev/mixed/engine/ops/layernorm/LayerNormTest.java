// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

class LayerNormTest {
    private static final int[][] SHAPES = {{1, 2}, {3, 3}, {7, 13}, {130, 16}, {5, 17}, {4, 31}, {9, 33}, {66, 127}, {200, 128}, {3, 207}, {2, 4098}};

    /** The layer in double: y, mean, rstd, and the gradients for dy. */
    private static final class Exact {
        final double[] y, mean, rstd, dx, dgamma;

        Exact(float[] x, float[] gamma, float[] beta, float[] dy, int rows, int n, double eps) {
            y = new double[rows * n];
            dx = new double[rows * n];
            mean = new double[rows];
            rstd = new double[rows];
            dgamma = new double[n];
            for (int r = 0; r < rows; r++) {
                double m = 0;
                double square = 0;
                for (int j = 0; j < n; j++) {
                    m += x[r * n + j] / (double) n;
                }
                for (int j = 0; j < n; j++) {
                    square += (x[r * n + j] - m) * (x[r * n + j] - m) / n;
                }
                double s = 1 / Math.sqrt(square + eps);
                double meanG = 0;
                double meanDot = 0;
                for (int j = 0; j < n; j++) {
                    double hat = (x[r * n + j] - m) * s;
                    double g = (double) dy[r * n + j] * gamma[j];
                    y[r * n + j] = hat * gamma[j] + beta[j];
                    dgamma[j] += dy[r * n + j] * hat;
                    meanG += g / n;
                    meanDot += g * hat / n;
                }
                for (int j = 0; j < n; j++) {
                    double hat = (x[r * n + j] - m) * s;
                    dx[r * n + j] = s * ((double) dy[r * n + j] * gamma[j] - meanG - hat * meanDot);
                }
                mean[r] = m;
                rstd[r] = s;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F16"})
    void forwardAndBackward(DType dtype) {
        boolean half = dtype == DType.F16;
        double roundOff = half ? 1.01 * Numbers.EPS_HALF : 0;
        OnDevices.run((device, what) -> {
            for (int[] s : SHAPES) {
                int rows = s[0];
                int n = s[1];
                Random random = new Random(n);
                float[] x = Numbers.normal(random, rows * n, 2, half);
                for (int i = 0; i < x.length; i++) {
                    x[i] = OnDevices.rounded(x[i] + 3f, half);
                }
                if (n == 2) {
                    // With two elements the normalised ones are +-1 whatever x is, so dx is a difference of nearly equal numbers.
                    x[0] = 1f;
                    x[1] = 3f;
                }
                float[] dy = Numbers.normal(random, rows * n, 1, half);
                float[] gamma = Numbers.normal(random, n, 1, false);
                float[] beta = Numbers.normal(random, n, 1, false);
                Exact exact = new Exact(x, gamma, beta, dy, rows, n, 1e-12);
                String name = what + ", " + rows + "x" + n;

                Tensor xs = Tensor.of(device, Shape.of(s), dtype, x);
                Tensor dys = Tensor.of(device, Shape.of(s), dtype, dy);
                Tensor g = Tensor.of(device, Shape.of(n), gamma);
                LayerNorm.Result result = LayerNorm.forward(xs, g, Tensor.of(device, Shape.of(n), beta), 1e-12f);
                assertEquals(dtype, result.y().dtype());
                Numbers.assertClose(exact.mean, 1e-6, 1, result.mean().toFloats(), name + " mean");
                Numbers.assertClose(exact.rstd, 2e-5, 0, result.rstd().toFloats(), name + " rstd");
                Numbers.assertClose(exact.y, 2e-5 + roundOff, 1, result.y().toFloats(), name + " y");
                Numbers.assertClose(exact.dx, 1e-4 + roundOff, Arrays.stream(exact.rstd).max().orElseThrow(),
                        LayerNorm.backward(xs, g, result, dys).toFloats(), name + " dx");

                float[] before = Numbers.normal(random, n, 1, false);
                double[] added = new double[n];
                for (int j = 0; j < n; j++) {
                    added[j] = before[j] + exact.dgamma[j];
                }
                Tensor dgamma = Tensor.empty(device, Shape.of(n), DType.F32);
                LayerNorm.backwardGammaInto(dgamma, xs, result, dys, false);
                double size = 2 * Math.sqrt(rows);
                Numbers.assertClose(exact.dgamma, 5e-5, size, dgamma.toFloats(), name + " dgamma");
                Tensor sum = Tensor.of(device, Shape.of(n), before);
                LayerNorm.backwardGammaInto(sum, xs, result, dys, true);
                Numbers.assertClose(added, 5e-5, size, sum.toFloats(), name + " accumulated dgamma");
            }
        });
    }

    /** The variance of numbers far from 0 would vanish in E[x^2] - E[x]^2. */
    @Test
    void aLargeMeanDoesNotDrownTheVariance() {
        OnDevices.run((device, what) -> {
            float[] x = new float[100];
            for (int i = 0; i < x.length; i++) {
                x[i] = 10_000 + i % 2;
            }
            Tensor one = Elementwise.fill(device, Shape.of(100), DType.F32, 1f);
            Tensor zero = Elementwise.fill(device, Shape.of(100), DType.F32, 0f);
            float[] y = LayerNorm.forward(Tensor.of(device, Shape.of(1, 100), x), one, zero, 1e-12f).y().toFloats();
            for (int i = 0; i < y.length; i++) {
                assertEquals(i % 2 == 0 ? -1f : 1f, y[i], 1e-5f, what);
            }
        });
    }

    @Test
    void aConstantRowGivesBetaAndNoNaN() {
        OnDevices.run((device, what) -> {
            Tensor x = Elementwise.fill(device, Shape.of(2, 5), DType.F32, 7f);
            Tensor beta = Tensor.of(device, Shape.of(5), 1, 2, 3, 4, 5);
            float[] y = LayerNorm.forward(x, beta, beta, 1e-12f).y().toFloats();
            for (int i = 0; i < y.length; i++) {
                assertEquals(i % 5 + 1, y[i], what);
            }
        });
    }

    @Test
    void slicingChangesNoBit() {
        for (int[] s : SHAPES) {
            int rows = s[0];
            int n = s[1];
            Random random = new Random(rows);
            FloatArray x = Numbers.floats(Numbers.normal(random, rows * n, 1, false));
            FloatArray dy = Numbers.floats(Numbers.normal(random, rows * n, 1, false));
            HalfFloatArray h = Numbers.halves(Numbers.normal(random, rows * n, 1, true));
            FloatArray g = Numbers.floats(Numbers.normal(random, n, 1, false));
            FloatArray y = new FloatArray(rows * n);
            FloatArray dx = new FloatArray(rows * n);
            FloatArray dgamma = new FloatArray(n);
            HalfFloatArray hy = new HalfFloatArray(rows * n);
            FloatArray mean = new FloatArray(rows);
            FloatArray rstd = new FloatArray(rows);
            float[][] whole = null;
            for (var slicing : Numbers.SLICINGS) {
                Numbers.inSlices(rows, slicing, (from, count) -> LayerNormVector.normalizeHalf(h, g, g, hy, mean, rstd, n, 1e-5f, from, count));
                Numbers.inSlices(rows, slicing, (from, count) -> LayerNormVector.normalize(x, g, g, y, mean, rstd, n, 1e-5f, from, count));
                Numbers.inSlices(rows, slicing, (from, count) -> LayerNormVector.normalizeBackward(x, g, mean, rstd, dy, dx, n, from, count));
                Numbers.inSlices(n, slicing, (from, count) -> LayerNormVector.gammaGradient(x, mean, rstd, dy, dgamma, rows, n, 0, from, count));
                float[][] now = {Numbers.values(y), Numbers.values(mean), Numbers.values(rstd), Numbers.values(dx), Numbers.values(dgamma),
                    Numbers.values(hy)};
                whole = whole == null ? now : whole;
                for (int k = 0; k < now.length; k++) {
                    Numbers.assertSameBits(whole[k], now[k], "result " + k + " of " + rows + "x" + n);
                }
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(2, 4), DType.F32);
            Tensor four = Tensor.zeros(device, Shape.of(4), DType.F32);
            Tensor three = Tensor.zeros(device, Shape.of(3), DType.F32);
            String message = assertThrows(IllegalArgumentException.class, () -> LayerNorm.forward(x, three, four, 1e-5f)).getMessage();
            assertTrue(message.contains("layer_norm") && message.contains("[3]") && message.contains("[4]"), message);
            assertThrows(IllegalArgumentException.class, () -> LayerNorm.forward(x, four, Tensor.zeros(device, Shape.of(4), DType.F16), 1e-5f));
            LayerNorm.Result result = LayerNorm.forward(x, four, four, 1e-5f);
            assertThrows(IllegalArgumentException.class, () -> LayerNorm.backward(x, four, result, Tensor.zeros(device, Shape.of(4, 2), DType.F32)));
            assertThrows(IllegalArgumentException.class, () -> LayerNorm.backwardGammaInto(three, x, result, x, false));
        }
    }
}
