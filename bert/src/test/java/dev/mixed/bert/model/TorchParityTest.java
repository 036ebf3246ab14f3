// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model computes what transformers' computes, forward and backward. */
class TorchParityTest {
    @ParameterizedTest
    @CsvSource({"bce,false", "bce,true", "ce,false", "ce,true"})
    void hiddenStatesLossAndGradients(String name, boolean reference) {
        try (TorchFixture fixture = TorchFixture.open(name); Device device = reference ? JvmDevice.reference() : JvmDevice.open()) {
            BertForSequenceClassification model = new BertForSequenceClassification(fixture.config(), device, 1);
            fixture.load(model);
            BertInputs inputs = BertInputs.create(device, TorchFixture.BATCH, TorchFixture.SEQ);
            fixture.load(inputs);
            Shape rows = Shape.of(TorchFixture.BATCH);
            int[] classes = fixture.ints("labels");
            float[] zerosAndOnes = new float[classes.length];
            for (int i = 0; i < zerosAndOnes.length; i++) {
                zerosAndOnes[i] = classes[i];
            }
            Tensor labels = name.equals("bce") ? Tensor.of(device, rows, zerosAndOnes) : Tensor.ofInts(device, rows, classes);

            TorchFixture.assertClose("last hidden state", fixture.floats("last_hidden_state"), model.bert().forward(inputs).data().toFloats());
            Variable logits = model.forward(inputs);
            TorchFixture.assertClose("logits", fixture.floats("logits"), logits.data().toFloats());
            Variable loss = model.loss(logits, labels, Tensor.of(device, rows, 1, 1, 1, 1));
            loss.backward();
            assertEquals(fixture.floats("losses")[0], loss.data().item(), 1e-5);
            float norm = GradientClipping.globalNorm(model.parameters()).item();
            assertEquals(fixture.floats("grad_norm")[0], norm, 1e-5 * norm);
            model.namedParameters().forEach((parameter, p) -> {
                float[] gradient = p.grad().toFloats();
                if (parameter.endsWith("key.bias")) {
                    // Softmax does not change when all keys move alike: the gradient is zero but for rounding.
                    for (float g : gradient) {
                        assertTrue(Math.abs(g) < 1e-6 * norm, parameter + ": " + g);
                    }
                } else {
                    TorchFixture.assertClose(parameter, fixture.floats("grad." + parameter), gradient);
                }
            });
        }
    }
}
