// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.autograd.Variable;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loss and gradients of the whole model against {@link ReferenceBert} and its central finite differences. */
class GradientCheckTest {
    private static final int[][] TEXTS = {{2, 7, 5, 12, 3}, {2, 9, 3}, {2, 4, 4, 11, 8, 6, 3}};
    private static final int[][] TYPES = {{0, 0, 0, 1, 1}, {0, 0, 0}, {0, 1, 0, 1, 0, 0, 0}};
    private static final int SEQ = 8;
    private static final int SAMPLES = 6;

    @ParameterizedTest
    @CsvSource({"gelu,2", "gelu_new,3", "relu,4", "tanh,2"})
    void lossAndGradients(String activation, int classes) {
        List<String> labels = List.of("a", "b", "c", "d").subList(0, classes);
        BertConfig config = new BertConfig(13, 15, 2, 3, 22, activation, 0, 0, OptionalDouble.empty(), 9, 2, 0.02, 1e-12, 0, labels, List.of("BertModel"),
                Map.of());
        int[] classIds = {1, 0, classes - 1};
        try (Device device = JvmDevice.open(2)) {
            BertForSequenceClassification model = new BertForSequenceClassification(config, device, 1);
            Map<String, double[]> parameters = randomise(model, new Random(classes));
            Variable loss = loss(model, device, classIds);
            loss.backward();
            ReferenceBert reference = new ReferenceBert(config, parameters);
            assertEquals(reference.loss(TEXTS, TYPES, classIds), loss.data().item(), 1e-5);

            Random random = new Random(9);
            model.namedParameters().forEach((name, p) -> {
                float[] gradient = p.grad().toFloats();
                double largest = 0;
                for (float g : gradient) {
                    largest = Math.max(largest, Math.abs(g));
                }
                for (int sample = 0; sample < SAMPLES; sample++) {
                    int i = random.nextInt(gradient.length);
                    double expected = derivative(parameters.get(name), i, () -> reference.loss(TEXTS, TYPES, classIds));
                    assertEquals(expected, gradient[i], 1e-5 * largest + 1e-6, name + "[" + i + "]");
                }
            });
        }
    }

    /** Gives every parameter random values, norms around 1, and returns them as doubles. */
    private static Map<String, double[]> randomise(BertForSequenceClassification model, Random random) {
        Map<String, double[]> parameters = new LinkedHashMap<>();
        model.namedParameters().forEach((name, p) -> {
            float[] values = new float[p.shape().elements()];
            double[] doubles = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (0.4 * random.nextGaussian() + (name.endsWith("LayerNorm.weight") ? 1 : 0));
                doubles[i] = values[i];
            }
            p.data().write(values);
            parameters.put(name, doubles);
        });
        return parameters;
    }

    /** The mean loss over the texts in one padded batch with an additional row of weight 0. */
    private static Variable loss(BertForSequenceClassification model, Device device, int[] classIds) {
        int rows = TEXTS.length + 1;
        int[] ids = new int[rows * SEQ];
        int[] mask = new int[ids.length];
        int[] types = new int[ids.length];
        for (int r = 0; r < TEXTS.length; r++) {
            System.arraycopy(TEXTS[r], 0, ids, r * SEQ, TEXTS[r].length);
            System.arraycopy(TYPES[r], 0, types, r * SEQ, TYPES[r].length);
            Arrays.fill(mask, r * SEQ, r * SEQ + TEXTS[r].length, 1);
        }
        mask[TEXTS.length * SEQ] = 1;
        BertInputs inputs = BertInputs.create(device, rows, SEQ);
        inputs.write(ids, mask, types);
        int[] padded = Arrays.copyOf(classIds, rows);
        float[] floats = new float[rows];
        for (int r = 0; r < rows; r++) {
            floats[r] = padded[r];
        }
        Shape shape = Shape.of(rows);
        Tensor labels = model.config().numLogits() == 1 ? Tensor.of(device, shape, floats) : Tensor.ofInts(device, shape, padded);
        return model.loss(model.forward(inputs), labels, Tensor.of(device, shape, 1, 1, 1, 0));
    }

    private static double derivative(double[] parameter, int i, DoubleSupplier f) {
        double value = parameter[i];
        double h = 1e-5;
        parameter[i] = value + h;
        double above = f.getAsDouble();
        parameter[i] = value - h;
        double below = f.getAsDouble();
        parameter[i] = value;
        return (above - below) / (2 * h);
    }
}
