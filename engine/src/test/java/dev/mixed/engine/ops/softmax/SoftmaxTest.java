// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.softmax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

class SoftmaxTest {
    private static double[] softmax(float[] x, int n) {
        double[] y = logSoftmax(x, n);
        for (int i = 0; i < y.length; i++) {
            y[i] = Math.exp(y[i]);
        }
        return y;
    }

    private static double[] logSoftmax(float[] x, int n) {
        double[] y = new double[x.length];
        for (int row = 0; row < x.length; row += n) {
            double max = Double.NEGATIVE_INFINITY, sum = 0;
            for (int j = 0; j < n; j++) {
                max = Math.max(max, x[row + j]);
            }
            for (int j = 0; j < n; j++) {
                sum += Math.exp(x[row + j] - max);
            }
            for (int j = 0; j < n; j++) {
                y[row + j] = x[row + j] - max - Math.log(sum);
            }
        }
        return y;
    }

    private static double rowDot(float[] a, float[] b, int row, int n) {
        double dot = 0;
        for (int j = 0; j < n; j++) {
            dot += (double) a[row + j] * (b == null ? 1 : b[row + j]);
        }
        return dot;
    }

    private interface Forward {
        void run(FloatArray x, FloatArray y, int n, int from, int count);
    }

    private interface Backward {
        void run(FloatArray y, FloatArray dy, FloatArray dx, int n, int from, int count);
    }

    private static float[] run(Forward kernel, float[] x, int n, IntBinaryOperator slicing) {
        FloatArray in = Numbers.floats(x), out = new FloatArray(x.length);
        Numbers.inSlices(x.length / n, slicing, (from, count) -> kernel.run(in, out, n, from, count));
        return Numbers.values(out);
    }

    private static float[] run(Backward kernel, float[] y, float[] dy, int n, IntBinaryOperator slicing) {
        FloatArray in = Numbers.floats(y), gradient = Numbers.floats(dy), out = new FloatArray(y.length);
        Numbers.inSlices(y.length / n, slicing, (from, count) -> kernel.run(in, gradient, out, n, from, count));
        return Numbers.values(out);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 2", "7, 3", "13, 7", "5, 16", "17, 17", "9, 33", "6, 127", "4, 207", "32, 64", "3, 512"})
    void kernelsAgainstFloat64(int rows, int n) {
        Random random = new Random(rows * 1000L + n);
        float[] x = Numbers.normal(random, rows * n, 4, false);
        float[] dy = Numbers.normal(random, rows * n, 1, false);
        double[] y = softmax(x, n), logs = logSoftmax(x, n);
        for (Forward kernel : new Forward[] {Softmax::softmaxRows, SoftmaxVector::softmaxRows}) {
            float[] actual = run(kernel, x, n, Numbers.SLICINGS.getFirst());
            Numbers.assertClose(y, 3e-6, 1e-6, actual, "softmax");
            for (IntBinaryOperator slicing : Numbers.SLICINGS) {
                Numbers.assertSameBits(actual, run(kernel, x, n, slicing), "softmax");
            }
        }
        for (Forward kernel : new Forward[] {Softmax::logSoftmaxRows, SoftmaxVector::logSoftmaxRows}) {
            float[] actual = run(kernel, x, n, Numbers.SLICINGS.getFirst());
            Numbers.assertClose(logs, 1e-6, 2, actual, "logSoftmax");
            for (IntBinaryOperator slicing : Numbers.SLICINGS) {
                Numbers.assertSameBits(actual, run(kernel, x, n, slicing), "logSoftmax");
            }
        }
        float[] p = new float[y.length], l = new float[y.length];
        double[] dx = new double[y.length], dlogs = new double[y.length];
        for (int i = 0; i < y.length; i++) {
            p[i] = (float) y[i];
            l[i] = (float) logs[i];
        }
        for (int i = 0; i < y.length; i++) {
            int row = i / n * n;
            dx[i] = p[i] * (dy[i] - rowDot(p, dy, row, n));
            dlogs[i] = dy[i] - Math.exp(l[i]) * rowDot(dy, null, row, n);
        }
        for (Backward kernel : new Backward[] {Softmax::softmaxBackwardRows, SoftmaxVector::softmaxBackwardRows}) {
            float[] actual = run(kernel, p, dy, n, Numbers.SLICINGS.getFirst());
            Numbers.assertClose(dx, 2e-6, 1, actual, "softmaxBackward");
            for (IntBinaryOperator slicing : Numbers.SLICINGS) {
                Numbers.assertSameBits(actual, run(kernel, p, dy, n, slicing), "softmaxBackward");
            }
        }
        for (Backward kernel : new Backward[] {Softmax::logSoftmaxBackwardRows, SoftmaxVector::logSoftmaxBackwardRows}) {
            float[] actual = run(kernel, l, dy, n, Numbers.SLICINGS.getFirst());
            Numbers.assertClose(dlogs, 1e-5, 1, actual, "logSoftmaxBackward");
            for (IntBinaryOperator slicing : Numbers.SLICINGS) {
                Numbers.assertSameBits(actual, run(kernel, l, dy, n, slicing), "logSoftmaxBackward");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 19, 64})
    void extremesStayFiniteAndNonFiniteRowsAreNaN(int n) {
        float[] x = new float[6 * n];
        for (int j = 0; j < n; j++) {
            x[j] = j == 1 ? 3e38f : -3e38f;
            x[n + j] = -Float.MAX_VALUE;
            x[2 * n + j] = j == 0 ? 5 : Float.NEGATIVE_INFINITY;
            x[3 * n + j] = Float.NEGATIVE_INFINITY;
            x[4 * n + j] = j == 1 ? Float.NaN : j;
            x[5 * n + j] = j == n - 1 ? Float.POSITIVE_INFINITY : j;
        }
        for (Forward kernel : new Forward[] {Softmax::softmaxRows, SoftmaxVector::softmaxRows}) {
            float[] y = run(kernel, x, n, Numbers.SLICINGS.getFirst());
            for (int j = 0; j < n; j++) {
                assertEquals(j == 1 ? 1f : 0f, y[j]);
                assertEquals(1f / n, y[n + j], 1e-7f);
                assertEquals(j == 0 ? 1f : 0f, y[2 * n + j]);
                assertTrue(Float.isNaN(y[3 * n + j]) && Float.isNaN(y[4 * n + j]) && Float.isNaN(y[5 * n + j]));
            }
        }
        for (Forward kernel : new Forward[] {Softmax::logSoftmaxRows, SoftmaxVector::logSoftmaxRows}) {
            float[] y = run(kernel, x, n, Numbers.SLICINGS.getFirst());
            for (int j = 0; j < n; j++) {
                assertEquals(-Math.log(n), y[n + j], 1e-6);
                assertEquals(j == 0 ? 0f : Float.NEGATIVE_INFINITY, y[2 * n + j]);
                assertTrue(Float.isNaN(y[3 * n + j]) && Float.isNaN(y[4 * n + j]) && Float.isNaN(y[5 * n + j]));
            }
        }
    }

    @Test
    void gradientsByFiniteDifferences() {
        int n = 5;
        Random random = new Random(3);
        float[] x = Numbers.normal(random, 2 * n, 1, false), dy = Numbers.normal(random, 2 * n, 1, false);
        try (Device device = JvmDevice.open(1)) {
            Tensor xs = Tensor.of(device, Shape.of(2, n), x), dys = Tensor.of(device, Shape.of(2, n), dy);
            float[] dx = Softmax.softmaxBackward(Softmax.softmax(xs), dys).toFloats();
            float[] dlogs = Softmax.logSoftmaxBackward(Softmax.logSoftmax(xs), dys).toFloats();
            for (int i = 0; i < x.length; i++) {
                float h = 0x1p-10f;
                float[] up = x.clone(), down = x.clone();
                up[i] += h;
                down[i] -= h;
                double width = (double) up[i] - down[i];
                assertEquals((dot(softmax(up, n), dy) - dot(softmax(down, n), dy)) / width, dx[i], 1e-5);
                assertEquals((dot(logSoftmax(up, n), dy) - dot(logSoftmax(down, n), dy)) / width, dlogs[i], 1e-5);
            }
        }
    }

    private static double dot(double[] y, float[] dy) {
        double sum = 0;
        for (int i = 0; i < y.length; i++) {
            sum += y[i] * dy[i];
        }
        return sum;
    }

    @Test
    void halvesAreRoundedOnceAndRowsMayBeOfAnyRank() {
        Random random = new Random(4);
        float[] x = Numbers.normal(random, 2 * 3 * 37, 2, true);
        for (Device device : new Device[] {JvmDevice.open(2), JvmDevice.reference()}) {
            Tensor y = Softmax.softmax(Tensor.of(device, Shape.of(2, 3, 37), DType.F16, x));
            assertEquals(DType.F16, y.dtype());
            Numbers.assertClose(softmax(x, 37), 0x1.01p-11, 0x1p-14, y.toFloats(), "softmax of halves");
            device.close();
        }
    }

    @Test
    void wrongTypesAndShapesAreRefused() {
        try (Device device = JvmDevice.open(1)) {
            assertThrows(IllegalArgumentException.class, () -> Softmax.softmax(Tensor.ofInts(device, Shape.of(2), 1, 2)));
            assertThrows(IllegalArgumentException.class,
                    () -> Softmax.softmaxBackward(Tensor.of(device, Shape.of(2), 1, 2), Tensor.of(device, Shape.of(1, 2), 1, 2)));
        }
    }
}
