// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Clipping by the global norm, against float64. */
class GradientClippingTest {
    private static final Device DEVICE = JvmDevice.open(2);
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<float[]> gradients = new ArrayList<>();
    private double norm;

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    /** Gradients of many sizes, some longer than a partial sum, with random signs. */
    private void gradients(double scale) {
        Random random = new Random(3);
        double squares = 0;
        for (int[] dims : new int[][] {{1}, {7}, {33, 65}, {4097}, {3, 5000}}) {
            Shape shape = Shape.of(dims);
            float[] g = new float[shape.elements()];
            for (int i = 0; i < g.length; i++) {
                g[i] = (float) (scale * random.nextGaussian());
                squares += (double) g[i] * g[i];
            }
            Parameter p = new Parameter(Tensor.zeros(DEVICE, shape, DType.F32));
            p.backward(Tensor.of(DEVICE, shape, g));
            parameters.add(p);
            gradients.add(g);
        }
        parameters.add(new Parameter(Tensor.zeros(DEVICE, Shape.of(9), DType.F32)));
        norm = Math.sqrt(squares);
    }

    private void assertGradients(double factor) {
        for (int p = 0; p < gradients.size(); p++) {
            float[] actual = parameters.get(p).grad().toFloats();
            for (int i = 0; i < actual.length; i++) {
                double expected = gradients.get(p)[i] * factor;
                assertEquals(expected, actual[i], 2e-6 * Math.abs(expected));
            }
        }
    }

    @Test
    void normIsOverAllGradients() {
        gradients(0.1);
        assertEquals(norm, GradientClipping.globalNorm(parameters).item(), 1e-6 * norm);
    }

    @Test
    void coefficientBringsTheNormDown() {
        gradients(0.1);
        Tensor measured = GradientClipping.globalNorm(parameters);
        assertEquals(1 / (norm + 1e-6), GradientClipping.coefficient(measured, 1f).item(), 2e-6 / norm);
        assertEquals(1f, GradientClipping.coefficient(measured, 1000f).item(), "a small norm stays");
    }

    @Test
    void clipScalesTheGradients() {
        gradients(0.1);
        assertEquals(norm, GradientClipping.clip(parameters, 2f).item(), 1e-6 * norm);
        assertGradients(2 / (norm + 1e-6));
        assertEquals(2, GradientClipping.globalNorm(parameters).item(), 1e-5);
    }

    @Test
    void smallGradientsStayBitForBit() {
        gradients(1e-4);
        GradientClipping.clip(parameters, 1f);
        for (int p = 0; p < gradients.size(); p++) {
            assertArrayEquals(gradients.get(p), parameters.get(p).grad().toFloats());
        }
    }

    @Test
    void gradientsOfZeroStayZero() {
        Parameter p = new Parameter(Tensor.zeros(DEVICE, Shape.of(3), DType.F32));
        p.backward(Tensor.zeros(DEVICE, Shape.of(3), DType.F32));
        assertEquals(0f, GradientClipping.clip(List.of(p), 1f).item());
        assertArrayEquals(new float[3], p.grad().toFloats());
    }

    @Test
    void notANumberReachesTheNorm() {
        Parameter p = new Parameter(Tensor.zeros(DEVICE, Shape.of(2), DType.F32));
        p.backward(Tensor.of(DEVICE, Shape.of(2), 1, Float.NaN));
        Tensor bad = GradientClipping.globalNorm(List.of(p));
        assertTrue(Float.isNaN(bad.item()));
        // As PyTorch's clamp: a norm of NaN must not silently turn into the factor 1.
        assertTrue(Float.isNaN(GradientClipping.coefficient(bad, 1f).item()));
    }

    @Test
    void misuseIsRefused() {
        Parameter p = new Parameter(Tensor.zeros(DEVICE, Shape.of(2), DType.F32));
        assertThrows(IllegalStateException.class, () -> GradientClipping.globalNorm(List.of(p)));
        Tensor one = Tensor.of(DEVICE, Shape.of(1), 1);
        for (float limit : new float[] {0f, -1f, Float.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> GradientClipping.coefficient(one, limit));
        }
    }
}
