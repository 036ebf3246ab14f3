// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.TorchFixture;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.data.Batch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The recorded training step, with clipping and AdamW, changes the weights as PyTorch does. */
class TorchTrainingTest {
    @ParameterizedTest
    @ValueSource(strings = {"bce", "ce"})
    void threeSteps(String name) {
        try (TorchFixture fixture = TorchFixture.open(name); Device device = JvmDevice.open()) {
            BertForSequenceClassification model = new BertForSequenceClassification(fixture.config(), device, 1);
            fixture.load(model);
            AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), TorchFixture.DECAY), 1f);
            TrainingStep step = new TrainingStep(model, optimizer, TorchFixture.CLIP, device);
            float[] losses = fixture.floats("losses");
            for (int i = 0; i < losses.length; i++) {
                optimizer.setLearningRate(TorchFixture.rate(i));
                assertEquals(losses[i], step.run(batch(fixture)).item(), 1e-5, "loss of step " + (i + 1));
            }
            assertEquals(3, optimizer.stepCount());
            model.namedParameters().forEach((parameter, p) -> {
                float[] before = fixture.floats("before." + parameter);
                float[] after = fixture.floats("after." + parameter);
                float[] actual = p.data().toFloats();
                if (parameter.endsWith("key.bias")) {
                    // Its gradient is rounding noise around zero, whose sign AdamW turns into steps of the learning rate's size.
                    for (int i = 0; i < after.length; i++) {
                        assertTrue(Math.abs(actual[i] - before[i]) <= 2.2e-3, parameter);
                    }
                    return;
                }
                TorchFixture.assertClose(parameter, after, actual);
                TorchFixture.assertClose("change of " + parameter, difference(after, before), difference(actual, before), 1e-3);
            });
        }
    }

    private static Batch batch(TorchFixture fixture) {
        return new Batch(TorchFixture.BATCH, TorchFixture.SEQ, TorchFixture.BATCH, fixture.ints("input_ids"), fixture.ints("attention_mask"),
                fixture.ints("token_type_ids"), fixture.ints("labels"), new float[] {1, 1, 1, 1}, new int[] {0, 1, 2, 3});
    }

    private static float[] difference(float[] a, float[] b) {
        float[] difference = new float[a.length];
        for (int i = 0; i < a.length; i++) {
            difference[i] = a[i] - b[i];
        }
        return difference;
    }
}
