// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForMaskedLM;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertForTokenClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.data.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Layers that the backward pass computes again: the same numbers, in less memory. */
class CheckpointedTrainingTest {
    private static final BertConfig CONFIG = new BertConfig(40, 32, 6, 2, 64, "gelu", 0.1, 0.1, OptionalDouble.empty(), 32, 2, 0.2, 1e-12, 0,
            List.of("a", "b"), List.of("BertModel"), Map.of());

    /** Steps of two batches each. */
    @ParameterizedTest
    @EnumSource(Precision.class)
    void accumulatedStepsGiveTheSameBits(Precision precision) {
        List<List<float[]>> runs = new ArrayList<>();
        for (boolean checkpointing : new boolean[] {false, true}) {
            try (Device device = JvmDevice.open(2)) {
                BertForSequenceClassification model = new BertForSequenceClassification(CONFIG, device, 3);
                model.gradientCheckpointing(checkpointing);
                AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), 0.01f), 1e-3f);
                TrainingStep step = new TrainingStep(model, optimizer, 1f, device, precision, precision.scaler(device));
                List<float[]> values = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    List<Batch> batches = List.of(TrainingBenchmark.randomBatch(CONFIG, 3, 16, 2L * i),
                            TrainingBenchmark.randomBatch(CONFIG, 2, 16, 2L * i + 1));
                    values.add(step.run(batches));
                }
                model.parameters().forEach(p -> values.add(p.data().toFloats()));
                runs.add(values);
            }
        }
        for (int i = 0; i < runs.getFirst().size(); i++) {
            assertArrayEquals(runs.getFirst().get(i), runs.getLast().get(i), 0f);
        }
    }

    @Test
    void allModelsTakeLessMemory() {
        try (Device device = JvmDevice.open(1)) {
            for (SequenceModel model : List.of(new BertForSequenceClassification(CONFIG, device, 1), new BertForTokenClassification(CONFIG, device, 1),
                    new BertForMaskedLM(CONFIG.withWords(), device, 1))) {
                BertInputs inputs = BertInputs.create(device, 4, 32);
                long kept = planned(model, inputs, device);
                assertTrue(model.gradientCheckpointing(true));
                long again = planned(model, inputs, device);
                assertTrue(again < 0.5 * kept, model.getClass() + ": " + again + " bytes, " + kept + " without");
                // What is scored has no backward pass.
                model.eval();
                assertTrue(model.gradientCheckpointing(false));
                long scored = planned(model, inputs, device);
                model.gradientCheckpointing(true);
                assertTrue(planned(model, inputs, device) == scored, "evaluation");
            }
        }
    }

    private static long planned(SequenceModel model, BertInputs inputs, Device device) {
        return Program.plan(device, () -> {
            model.zeroGrad();
            Variable y = model.forward(inputs);
            F.sum(F.mul(y, y)).backward();
            return List.of();
        }).plannedBytes();
    }
}
