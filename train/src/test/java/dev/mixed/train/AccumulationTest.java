// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two batches of half the size give the step of one batch, in any precision, recorded and replayed. */
class AccumulationTest {
    private static final int ROWS = 8;
    private static final int SEQ = 6;

    @ParameterizedTest
    @EnumSource(Precision.class)
    void twoHalvesAreAsGoodAsAWhole(Precision precision) {
        Random random = new Random(2);
        List<int[]> ids = new ArrayList<>();
        List<int[]> labels = new ArrayList<>();
        for (int step = 0; step < 4; step++) {
            ids.add(random.ints(ROWS * SEQ, 5, 20).toArray());
            labels.add(random.ints(ROWS, 0, 2).toArray());
        }
        float[][] weights = new float[2][];
        float[][] losses = new float[2][4];
        for (int parts = 1; parts <= 2; parts++) {
            try (Device device = JvmDevice.open(2)) {
                BertConfig config = Toy.config(List.of("a", "b")).withDropout(0);
                BertForSequenceClassification model = new BertForSequenceClassification(config, device, 3);
                AdamW optimizer = new AdamW(List.of(new ParameterGroup(model.namedParameters(), 0.01f)), 1e-2f);
                GradScaler scaler = precision.scaler(device);
                TrainingStep step = new TrainingStep(model, optimizer, 1f, device, precision, scaler);
                int rows = ROWS / parts;
                for (int s = 0; s < 4; s++) {
                    for (int i = 0; i < parts; i++) {
                        losses[parts - 1][s] += step.run(batch(ids.get(s), labels.get(s), i * rows, rows), i, parts).item() / parts;
                    }
                }
                assertEquals(4 - scaler.skippedUpdates().skips(), optimizer.stepCount());
                assertEquals(precision == Precision.FP32 ? 0 : 4, scaler.skippedUpdates().updates());
                weights[parts - 1] = model.namedParameters().get("bert.encoder.layer.0.intermediate.dense.weight").data().toFloats();
            }
        }
        float tolerance = precision == Precision.FP32 ? 1e-5f : 5e-3f;
        assertArrayEquals(losses[0], losses[1], tolerance);
        assertArrayEquals(weights[0], weights[1], tolerance);
    }

    private static Batch batch(int[] ids, int[] labels, int first, int rows) {
        int[] mask = new int[rows * SEQ];
        Arrays.fill(mask, 1);
        float[] weights = new float[rows];
        Arrays.fill(weights, 1f);
        return new Batch(rows, SEQ, rows, Arrays.copyOfRange(ids, first * SEQ, (first + rows) * SEQ), mask, new int[rows * SEQ],
                Arrays.copyOfRange(labels, first, first + rows), weights, new int[rows]);
    }
}
