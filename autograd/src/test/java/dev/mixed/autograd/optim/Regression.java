// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small regression, mean((x w^T + b - y)^2), whose parameters an optimizer moves; and its gradients in float64. */
final class Regression {
    static final int ROWS = 13;
    static final int IN = 7;
    static final int OUT = 3;

    final Parameter weight;
    final Parameter bias;
    private final Tensor x;
    private final Tensor y;
    private final double[] xs;
    private final double[] ys;

    Regression(Device device, long seed) {
        Random random = new Random(seed);
        float[] input = floats(random, ROWS * IN);
        float[] target = floats(random, ROWS * OUT);
        x = Tensor.of(device, Shape.of(ROWS, IN), input);
        y = Tensor.of(device, Shape.of(ROWS, OUT), target);
        xs = doubles(input);
        ys = doubles(target);
        weight = new Parameter(Tensor.of(device, Shape.of(OUT, IN), floats(random, OUT * IN)));
        bias = new Parameter(Tensor.of(device, Shape.of(OUT), floats(random, OUT)));
    }

    Map<String, Parameter> parameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        all.put("weight", weight);
        all.put("bias", bias);
        return all;
    }

    Variable loss() {
        Variable error = F.sub(F.linear(Variable.constant(x), weight, bias), Variable.constant(y));
        return F.mean(F.mul(error, error));
    }

    /** Weight and bias as they are, in float64. */
    List<double[]> values() {
        List<double[]> values = new ArrayList<>();
        values.add(doubles(weight.data().toFloats()));
        values.add(doubles(bias.data().toFloats()));
        return values;
    }

    /** d loss / d weight and d loss / d bias at given values. */
    List<double[]> gradients(List<double[]> values) {
        double[] dw = new double[OUT * IN];
        double[] db = new double[OUT];
        for (int r = 0; r < ROWS; r++) {
            for (int o = 0; o < OUT; o++) {
                double error = values.get(1)[o] - ys[r * OUT + o];
                for (int i = 0; i < IN; i++) {
                    error += xs[r * IN + i] * values.get(0)[o * IN + i];
                }
                double d = 2 * error / (ROWS * OUT);
                db[o] += d;
                for (int i = 0; i < IN; i++) {
                    dw[o * IN + i] += d * xs[r * IN + i];
                }
            }
        }
        return List.of(dw, db);
    }

    private static float[] floats(Random random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
