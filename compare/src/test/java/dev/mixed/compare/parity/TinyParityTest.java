// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.compare.curves.FormulaWeights;
import dev.mixed.compare.curves.TorchCurves;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.TrainingStep;
import dev.mixed.train.data.Batch;
import dev.mixed.weights.SafetensorsFile;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The whole tiny preset against transformers in double precision: states, loss, all gradients, and the weights after 10 steps of AdamW. */
class TinyParityTest {
    private static final SafetensorsFile FILE = open();
    private static final List<Batch> BATCHES = TorchCurves.batches(FILE);
    private static final float RATE = 5e-4f;
    private static final int SAMPLE = 2000;

    private static SafetensorsFile open() {
        try {
            return SafetensorsFile.open(Path.of(TinyParityTest.class.getResource("/parity/tiny.safetensors").toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    static void close() {
        FILE.close();
    }

    private static BertForSequenceClassification model(Device device) {
        BertForSequenceClassification model = new BertForSequenceClassification(TorchCurves.config(), device, 0);
        FormulaWeights.write(model);
        return model;
    }

    @Test
    void hiddenStatesLossAndGradients() {
        try (Device device = JvmDevice.open()) {
            BertForSequenceClassification model = model(device);
            Batch batch = BATCHES.getFirst();
            BertInputs inputs = BertInputs.create(device, batch.batchSize(), batch.seqLength());
            inputs.write(batch.inputIds(), batch.attentionMask(), batch.tokenTypeIds());
            float[] hidden = model.bert().forward(inputs).data().toFloats();
            int width = hidden.length / batch.attentionMask().length;
            for (int i = 0; i < hidden.length; i++) {
                hidden[i] *= batch.attentionMask()[i / width];
            }
            assertClose("last_hidden_state", hidden, 1e-5);
            Variable logits = model.forward(inputs);
            assertClose("logits", logits.data().toFloats(), 1e-5);
            float[] labels = new float[batch.batchSize()];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = batch.labels()[i];
            }
            Shape rows = Shape.of(labels.length);
            Variable loss = model.loss(logits, Tensor.of(device, rows, labels), Tensor.of(device, rows, batch.weights()));
            loss.backward();
            assertEquals(FILE.floats("losses")[0], loss.data().item(), 1e-5);
            float norm = GradientClipping.globalNorm(model.parameters()).item();
            assertEquals(FILE.floats("norms")[0], norm, 1e-5 * norm);
            model.namedParameters().forEach((name, p) -> {
                if (name.endsWith("key.bias")) {
                    // Softmax does not change when all keys move alike: the gradient is zero but for rounding.
                    for (float g : p.grad().toFloats()) {
                        assertTrue(Math.abs(g) < 1e-6 * norm, name + ": " + g);
                    }
                } else {
                    assertClose("grad." + name, p.grad().toFloats(), 1e-5);
                }
            });
        }
    }

    @Test
    void tenStepsOfAdamW() {
        try (Device device = JvmDevice.open()) {
            BertForSequenceClassification model = model(device);
            AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), TorchCurves.DECAY), RATE);
            TrainingStep step = new TrainingStep(model, optimizer, TorchCurves.CLIP, device);
            Map<String, float[]> before = new LinkedHashMap<>();
            model.namedParameters().forEach((name, p) -> before.put(name, p.data().toFloats()));
            float[] losses = FILE.floats("losses");
            assertEquals(10, losses.length);
            for (int i = 0; i < losses.length; i++) {
                assertEquals(losses[i], step.run(BATCHES.get(i)).item(), 2e-5 * losses[i], "loss of step " + (i + 1));
            }
            model.namedParameters().forEach((name, p) -> {
                float[] change = p.data().toFloats();
                for (int i = 0; i < change.length; i++) {
                    change[i] -= before.get(name)[i];
                }
                if (name.endsWith("key.bias")) {
                    // Its gradient is rounding noise around zero, whose sign AdamW turns into steps of the learning rate's size.
                    for (float c : change) {
                        assertTrue(Math.abs(c) <= 10.1 * RATE, name + ": " + c);
                    }
                } else {
                    assertClose("change." + name, change, 2e-3);
                }
            });
        }
    }

    /** A whole tensor, or the sample, norm and products with noise that the file has of a large one; differences relative to the tensor's norm. */
    private static void assertClose(String name, float[] actual, double tolerance) {
        if (actual.length <= SAMPLE) {
            assertClose(name, FILE.floats(name), actual, tolerance);
            return;
        }
        int stride = actual.length / SAMPLE;
        stride += 1 - stride % 2;
        float[] sample = new float[Math.ceilDiv(actual.length, stride)];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = actual[i * stride];
        }
        assertClose(name + ".sample", FILE.floats(name + ".sample"), sample, tolerance);
        double norm = norm(actual);
        assertEquals(FILE.floats(name + ".norm")[0], norm, tolerance * norm, "norm of " + name);
        float[] products = FILE.floats(name + ".probes");
        for (int k = 0; k < products.length; k++) {
            double[] noise = FormulaWeights.noise("probe" + k + "." + name, actual.length);
            double product = 0;
            for (int i = 0; i < actual.length; i++) {
                product += noise[i] * actual[i];
            }
            assertEquals(products[k], product, 2 * tolerance * norm, "product " + k + " of " + name);
        }
    }

    private static void assertClose(String name, float[] expected, float[] actual, double tolerance) {
        assertEquals(expected.length, actual.length, name);
        float[] difference = new float[expected.length];
        for (int i = 0; i < difference.length; i++) {
            difference[i] = actual[i] - expected[i];
        }
        double relative = norm(difference) / norm(expected);
        assertTrue(relative <= tolerance, name + " differs by " + relative + " of its norm " + norm(expected));
    }

    private static double norm(float[] values) {
        double sum = 0;
        for (float v : values) {
            sum += (double) v * v;
        }
        return Math.sqrt(sum);
    }
}
