// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.MemoryPlan;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a training step of {@code base} needs for activations at batch 16, length 512; planned, not run. */
class AmpMemoryTest {
    @Test
    void mixedPrecisionNeedsLittleMoreThanHalfOfTheActivationMemory() {
        try (JvmDevice device = JvmDevice.open(1)) {
            // Few words: the word embedding is no activation, and a small one spares time and memory here.
            BertConfig config = BertConfig.of(Preset.of("base"), 1000, List.of("0", "1"));
            BertForSequenceClassification model = new BertForSequenceClassification(config, device, 1);
            double full = plan(model, device, Precision.FP32).plannedBytes();
            double amp = plan(model, device, Precision.AMP).plannedBytes();
            double floatResidual = plan(model, device, Precision.AMP_FLOAT_RESIDUAL).plannedBytes();
            String what = String.format("FP32 %.0f MiB, AMP %.0f (%.3f), AMP with a float residual stream %.0f (%.3f)", full / (1 << 20),
                    amp / (1 << 20), amp / full, floatResidual / (1 << 20), floatResidual / full);
            assertTrue(amp <= 0.55 * full, what);
            assertTrue(floatResidual <= 0.65 * full, what);
        }
    }

    private static MemoryPlan plan(BertForSequenceClassification model, Device device, Precision precision) {
        Optimizer optimizer = new SGD(List.of(new ParameterGroup(model.namedParameters(), 0f)), 0.1f);
        return new TrainingStep(model, optimizer, 1f, device, precision, precision.scaler(device)).plan(new BatchShape(16, 512));
    }
}
