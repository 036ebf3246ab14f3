// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training gives the same bits on one core and on many. */
class ThreadCountTest {
    private static final BertConfig CONFIG = new BertConfig(100, 48, 1, 4, 80, "gelu", 0.1, 0.1, OptionalDouble.empty(), 64, 2, 0.02, 1e-12, 0,
            List.of("a", "b", "c"), List.of("BertModel"), Map.of());

    @ParameterizedTest
    @ValueSource(ints = {2, 7})
    void stepsDoNotDependOnIt(int threads) {
        List<float[]> expected = train(1);
        List<float[]> actual = train(threads);
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), 0f);
        }
    }

    /** Losses of three steps, logits, weights and moments afterwards. */
    private static List<float[]> train(int threads) {
        List<float[]> values = new ArrayList<>();
        try (Device device = JvmDevice.open(threads)) {
            BertForSequenceClassification model = new BertForSequenceClassification(CONFIG, device, 3);
            AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), 0.01f), 1e-3f);
            TrainingStep step = new TrainingStep(model, optimizer, 1f, device);
            for (int i = 0; i < 3; i++) {
                values.add(new float[] {step.run(batch(i)).item()});
            }
            values.add(new PredictionStep(model, device).logits(batch(9)));
            model.parameters().forEach(p -> values.add(p.data().toFloats()));
            optimizer.state().values().forEach(m -> values.add(m.toFloats()));
        }
        return values;
    }

    private static Batch batch(int seed) {
        int rows = 7;
        int seq = 19;
        SplittableRandom random = new SplittableRandom(seed);
        int[] mask = new int[rows * seq];
        float[] weights = new float[rows];
        int[] indices = new int[rows];
        for (int r = 0; r < rows; r++) {
            int length = 1 + random.nextInt(seq);
            Arrays.fill(mask, r * seq, r * seq + length, 1);
            weights[r] = r < rows - 2 ? 1f : 0f;
            indices[r] = r;
        }
        return new Batch(rows, seq, rows, random.ints((long) rows * seq, 0, CONFIG.vocabSize()).toArray(), mask, new int[rows * seq],
                random.ints(rows, 0, 3).toArray(), weights, indices);
    }
}
