// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Why losses are scaled: the gradients of small losses vanish in half without it, and agree with float64 with it. */
class SmallGradientsTest {
    private static final int ROWS = 16;
    private static final int IN = 12;
    private static final int HIDDEN = 20;
    private final Device device = JvmDevice.open(1);
    private final double[] x = normal(1, ROWS * IN, 1);
    private final double[] w1 = normal(2, HIDDEN * IN, 0.3);
    private final double[] w2 = normal(3, HIDDEN, 0.3);

    @AfterEach
    void close() {
        device.close();
    }

    /** Numbers that a half holds exactly, so that only arithmetic differs. */
    private static double[] normal(long seed, int n, double scale) {
        Random random = new Random(seed);
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = Float.float16ToFloat(Float.floatToFloat16((float) (random.nextGaussian() * scale)));
        }
        return values;
    }

    private Tensor tensor(double[] values, int... dims) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.of(device, Shape.of(dims), floats);
    }

    /** Gradients of factor * mean(tanh(x w1^T) w2^T) in float64: of w1, then w2. */
    private double[] gradients64(double factor) {
        double[] gradient = new double[HIDDEN * IN + HIDDEN];
        for (int r = 0; r < ROWS; r++) {
            for (int h = 0; h < HIDDEN; h++) {
                double sum = 0;
                for (int i = 0; i < IN; i++) {
                    sum += x[r * IN + i] * w1[h * IN + i];
                }
                double t = Math.tanh(sum);
                gradient[HIDDEN * IN + h] += factor / ROWS * t;
                for (int i = 0; i < IN; i++) {
                    gradient[h * IN + i] += factor / ROWS * w2[h] * (1 - t * t) * x[r * IN + i];
                }
            }
        }
        return gradient;
    }

    private double[] gradientsByAutocast(float factor, GradScaler scaler) {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        parameters.put("w1", new Parameter(tensor(w1, HIDDEN, IN)));
        parameters.put("w2", new Parameter(tensor(w2, 1, HIDDEN)));
        SGD optimizer = new SGD(List.of(new ParameterGroup(parameters, 0f)), 0f);
        Variable loss;
        try (Autocast _ = Autocast.on(device)) {
            Variable hidden = F.tanh(F.linear(Variable.constant(tensor(x, ROWS, IN)), parameters.get("w1"), null));
            loss = F.scale(F.mean(F.linear(hidden, parameters.get("w2"), null)), factor);
        }
        scaler.scale(loss).backward();
        scaler.unscale(optimizer);
        double[] gradient = new double[HIDDEN * IN + HIDDEN];
        float[] g1 = parameters.get("w1").grad().toFloats();
        float[] g2 = parameters.get("w2").grad().toFloats();
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = i < g1.length ? g1[i] : g2[i - g1.length];
        }
        return gradient;
    }

    /** The L2 norm of the difference over that of the expected gradient. */
    private static double relativeError(double[] expected, double[] actual) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return Math.sqrt(difference / norm);
    }

    @Test
    void gradientsMatchFloat64() {
        double error = relativeError(gradients64(1), gradientsByAutocast(1f, new GradScaler(device)));
        assertTrue(error < 2e-3, "relative error " + error);
    }

    @Test
    void gradientsOfASmallLossVanishWithoutScaling() {
        for (double g : gradientsByAutocast(1e-7f, GradScaler.disabled(device))) {
            assertEquals(0, g);
        }
    }

    @Test
    void gradientsOfASmallLossLiveWithScaling() {
        double error = relativeError(gradients64(1e-7f), gradientsByAutocast(1e-7f, new GradScaler(device)));
        assertTrue(error < 1e-2, "relative error " + error);
    }

    /** Between the two: a loss whose gradients are subnormal in half, and lose digits. */
    @Test
    void gradientsOfAModerateLossLoseDigitsWithoutScaling() {
        double with = relativeError(gradients64(1e-4f), gradientsByAutocast(1e-4f, new GradScaler(device)));
        double without = relativeError(gradients64(1e-4f), gradientsByAutocast(1e-4f, GradScaler.disabled(device)));
        assertTrue(with < 2e-3 && without > 10 * with, "with scaling " + with + ", without " + without);
    }
}
