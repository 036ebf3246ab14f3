// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cross entropy and binary cross entropy against float64 formulas, and their gradients against float64 finite differences. */
class LossTest {
    private static double crossEntropy(double[] logits, int[] labels, float[] weights, int classes) {
        double sum = 0, total = 0;
        for (int b = 0; b < labels.length; b++) {
            double max = Double.NEGATIVE_INFINITY, exps = 0;
            for (int c = 0; c < classes; c++) {
                max = Math.max(max, logits[b * classes + c]);
            }
            for (int c = 0; c < classes; c++) {
                exps += Math.exp(logits[b * classes + c] - max);
            }
            sum += weights[b] * (Math.log(exps) + max - logits[b * classes + labels[b]]);
            total += weights[b];
        }
        return sum / total;
    }

    private static double bce(double[] logits, float[] labels, float[] weights) {
        double sum = 0, total = 0;
        for (int b = 0; b < labels.length; b++) {
            double x = logits[b];
            sum += weights[b] * (Math.max(x, 0) - x * labels[b] + Math.log1p(Math.exp(-Math.abs(x))));
            total += weights[b];
        }
        return sum / total;
    }

    private static double[] doubles(float[] x) {
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i];
        }
        return y;
    }

    private interface Loss {
        double of(double[] logits);
    }

    private static double[] differences(float[] logits, Loss loss, double factor) {
        double[] g = new double[logits.length];
        for (int i = 0; i < g.length; i++) {
            double[] up = doubles(logits), down = doubles(logits);
            up[i] += 1e-5;
            down[i] -= 1e-5;
            g[i] = factor * (loss.of(up) - loss.of(down)) / 2e-5;
        }
        return g;
    }

    private static float[] weights(Random random, int batch) {
        float[] weights = new float[batch];
        for (int b = 0; b < batch; b++) {
            weights[b] = b == 1 ? 0f : random.nextFloat() + 0.5f;
        }
        return weights;
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "3, 2", "16, 2", "7, 13", "33, 3", "207, 17"})
    void crossEntropyAgainstFloat64(int batch, int classes) {
        Random random = new Random(batch * 31L + classes);
        for (DType dtype : new DType[] {DType.F32, DType.F16}) {
            boolean half = dtype == DType.F16;
            float[] x = Numbers.normal(random, batch * classes, 3, half), w = weights(random, batch);
            int[] y = random.ints(batch, 0, classes).toArray();
            double expected = crossEntropy(doubles(x), y, w, classes);
            double[] gradient = differences(x, logits -> crossEntropy(logits, y, w, classes), 3);
            for (Device device : new Device[] {JvmDevice.open(2), JvmDevice.reference()}) {
                Tensor logits = Tensor.of(device, Shape.of(batch, classes), dtype, x), labels = Tensor.ofInts(device, Shape.of(batch), y);
                Tensor ws = Tensor.of(device, Shape.of(batch), w);
                Tensor loss = CrossEntropy.forward(logits, labels, ws);
                assertEquals(Shape.of(), loss.shape());
                assertEquals(expected, loss.item(), 2e-6 * Math.max(1, expected));
                Tensor dlogits = CrossEntropy.backward(logits, labels, ws, Tensor.of(device, Shape.of(), 3f));
                assertEquals(dtype, dlogits.dtype());
                assertEquals(logits.shape(), dlogits.shape());
                Numbers.assertClose(gradient, half ? 1e-3 : 1e-6, half ? 1e-3 : 1, dlogits.toFloats(), "dlogits");
                device.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, false", "3, true", "16, false", "33, true", "207, false"})
    void bceWithLogitsAgainstFloat64(int batch, boolean column) {
        Random random = new Random(batch);
        for (DType dtype : new DType[] {DType.F32, DType.F16}) {
            boolean half = dtype == DType.F16;
            float[] x = Numbers.normal(random, batch, 4, half), w = weights(random, batch), y = new float[batch];
            for (int b = 0; b < batch; b++) {
                y[b] = b % 3 == 2 ? 0.25f : b % 3;
            }
            double expected = bce(doubles(x), y, w);
            double[] gradient = differences(x, logits -> bce(logits, y, w), 0.5);
            for (Device device : new Device[] {JvmDevice.open(2), JvmDevice.reference()}) {
                Tensor logits = Tensor.of(device, column ? Shape.of(batch, 1) : Shape.of(batch), dtype, x);
                Tensor labels = Tensor.of(device, Shape.of(batch), y), ws = Tensor.of(device, Shape.of(batch), w);
                assertEquals(expected, BceWithLogits.forward(logits, labels, ws).item(), 1e-6 * Math.max(1, expected));
                Tensor dlogits = BceWithLogits.backward(logits, labels, ws, Tensor.of(device, Shape.of(), 0.5f));
                assertEquals(dtype, dlogits.dtype());
                assertEquals(logits.shape(), dlogits.shape());
                Numbers.assertClose(gradient, half ? 1e-3 : 1e-6, half ? 1e-3 : 1, dlogits.toFloats(), "dlogits");
                device.close();
            }
        }
    }

    @Test
    void bceIsExactForLargeAndConfidentLogits() {
        try (Device device = JvmDevice.open(1)) {
            float[] x = {100, -100, 1000, -1000, 20, -20, 9, -9};
            float[] y = {1, 0, 0, 1, 1, 0, 1, 0};
            for (int i = 0; i < x.length; i++) {
                Tensor logits = Tensor.of(device, Shape.of(1), x[i]), labels = Tensor.of(device, Shape.of(1), y[i]), one = Tensor.of(device, Shape.of(1), 1f);
                double expected = bce(new double[] {x[i]}, new float[] {y[i]}, new float[] {1});
                assertEquals(expected, BceWithLogits.forward(logits, labels, one).item(), 1e-6 * expected + 1e-44, "loss at " + x[i]);
                double sigmoid = 1 / (1 + Math.exp(-x[i]));
                double g = BceWithLogits.backward(logits, labels, one, Tensor.of(device, Shape.of(), 1f)).item();
                assertEquals(y[i] == 1 ? -1 / (1 + Math.exp(x[i])) : sigmoid, g, 1e-7, "gradient at " + x[i]);
            }
        }
    }

    @Test
    void rowsOfWeightZeroCountForNothingWhateverTheyHold() {
        try (Device device = JvmDevice.open(1)) {
            Tensor w = Tensor.of(device, Shape.of(2), 1f, 0f), one = Tensor.of(device, Shape.of(), 1f);
            Tensor logits = Tensor.of(device, Shape.of(2, 2), 1f, 2f, Float.NaN, Float.POSITIVE_INFINITY), labels = Tensor.ofInts(device, Shape.of(2), 0, -100);
            assertEquals(Math.log(1 + Math.E), CrossEntropy.forward(logits, labels, w).item(), 1e-6);
            float[] g = CrossEntropy.backward(logits, labels, w, one).toFloats();
            assertEquals(g[0], -g[1], 1e-7f);
            assertEquals(0f, g[2]);
            assertEquals(0f, g[3]);
            Tensor x = Tensor.of(device, Shape.of(2), 0f, Float.NaN), y = Tensor.of(device, Shape.of(2), 1f, Float.NaN);
            assertEquals(Math.log(2), BceWithLogits.forward(x, y, w).item(), 1e-7);
            float[] dx = BceWithLogits.backward(x, y, w, one).toFloats();
            assertEquals(-0.5f, dx[0]);
            assertEquals(0f, dx[1]);
        }
    }

    @Test
    void labelsOfMinus100CountForNothingWithCountedWeights() {
        OnDevices.run((device, what) -> {
            Tensor logits = Tensor.of(device, Shape.of(3, 2), 1f, 2f, 7f, -3f, 0f, 0f), labels = Tensor.ofInts(device, Shape.of(3), 0, -100, 1);
            Tensor counted = CrossEntropy.counted(labels, Tensor.of(device, Shape.of(3), 1f, 5f, 2f));
            assertArrayEquals(new float[] {1, 0, 2}, counted.toFloats(), what);
            assertEquals((Math.log(1 + Math.E) + 2 * Math.log(2)) / 3, CrossEntropy.forward(logits, labels, counted).item(), 1e-6, what);
            float[] g = CrossEntropy.backward(logits, labels, counted, Tensor.of(device, Shape.of(), 1f)).toFloats();
            assertArrayEquals(new float[] {0, 0}, new float[] {g[2], g[3]}, what);
        });
    }

    @Test
    void nonFiniteLogitsAndUnknownLabelsShow() {
        try (Device device = JvmDevice.open(1)) {
            Tensor w = Tensor.of(device, Shape.of(1), 1f), label = Tensor.ofInts(device, Shape.of(1), 1), one = Tensor.of(device, Shape.of(), 1f);
            Tensor nan = Tensor.of(device, Shape.of(1, 2), Float.NaN, 0f), fine = Tensor.of(device, Shape.of(1, 2), 1f, 0f);
            assertTrue(Float.isNaN(CrossEntropy.forward(nan, label, w).item()));
            assertTrue(Float.isNaN(CrossEntropy.backward(nan, label, w, one).toFloats()[1]));
            for (int unknown : new int[] {-1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                Tensor labels = Tensor.ofInts(device, Shape.of(1), unknown);
                assertTrue(Float.isNaN(CrossEntropy.forward(fine, labels, w).item()));
                assertTrue(Float.isNaN(CrossEntropy.backward(fine, labels, w, one).toFloats()[0]));
            }
            Tensor x = Tensor.of(device, Shape.of(1), Float.NaN), y = Tensor.of(device, Shape.of(1), 0f);
            assertTrue(Float.isNaN(BceWithLogits.forward(x, y, w).item()));
            assertTrue(Float.isNaN(BceWithLogits.backward(x, y, w, one).item()));
        }
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        try (Device device = JvmDevice.open(1)) {
            Tensor logits = Tensor.zeros(device, Shape.of(3, 2), DType.F32), w = Tensor.zeros(device, Shape.of(3), DType.F32);
            Tensor labels = Tensor.zeros(device, Shape.of(3), DType.I32), few = Tensor.zeros(device, Shape.of(2), DType.I32);
            assertThrows(IllegalArgumentException.class, () -> CrossEntropy.forward(logits, few, w));
            assertThrows(IllegalArgumentException.class, () -> CrossEntropy.forward(logits, w, w));
            assertThrows(IllegalArgumentException.class, () -> CrossEntropy.forward(w, labels, w));
            assertThrows(IllegalArgumentException.class, () -> CrossEntropy.backward(logits, labels, w, w));
            assertThrows(IllegalArgumentException.class, () -> BceWithLogits.forward(logits, w, w));
            assertThrows(IllegalArgumentException.class, () -> BceWithLogits.forward(w, labels, w));
        }
    }

    @Test
    void aBlockSumsTheBatch() {
        for (int batch : new int[] {1, 13, 207, 4098}) {
            List<String> kernels = Lowered.check(device -> {
                Tensor logits = Lowered.normal(device, DType.F32, 1, batch);
                Tensor labels = Elementwise.fill(device, Shape.of(batch), DType.F32, 1f);
                Tensor weights = Elementwise.fill(device, Shape.of(batch), DType.F32, 0.5f);
                Tensor dloss = Tensor.of(device, Shape.of(), 1f);
                return () -> List.of(BceWithLogits.forward(logits, labels, weights), BceWithLogits.backward(logits, labels, weights, dloss));
            }, 1e-5);
            assertEquals(List.of("bce_with_logits", "gpu.weighted_mean", "gpu.total", "bce_with_logits_backward"), kernels);
        }
    }
}
