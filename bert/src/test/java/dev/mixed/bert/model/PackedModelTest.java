// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A packed batch gives what the padded one gives. */
class PackedModelTest {
    /** One token, all positions, and lengths between; one text fewer than there is room for. */
    private static final int[] LENGTHS = {1, 9, 4, 7, 2};
    private static final int TEXTS = LENGTHS.length + 1, SEQ = 9, TOKENS = 23;

    private record Result(float[] logits, float loss, Map<String, float[]> gradients, float[] hidden) {
    }

    private static Result run(Device device, BertConfig config, boolean packed, int tokens, int padId) {
        BertForSequenceClassification model = new BertForSequenceClassification(config, device, 1);
        // Larger than a fresh model's, so that attention is far from even.
        Random random = new Random(2);
        model.namedParameters().forEach((name, p) -> p.data().write(values(random, p.shape().elements(), name.endsWith("LayerNorm.weight") ? 1 : 0)));
        BertInputs inputs = packed ? BertInputs.createPacked(device, TEXTS, tokens, SEQ) : BertInputs.create(device, TEXTS, SEQ);
        int row = packed ? tokens : TEXTS * SEQ;
        int[] ids = new int[row], types = new int[row], mask = new int[row], starts = new int[TEXTS + 1];
        Arrays.fill(ids, padId);
        for (int t = 0, at = 0; t < TEXTS; t++) {
            int length = t < LENGTHS.length ? LENGTHS[t] : 0;
            int first = packed ? at : t * SEQ;
            for (int i = 0; i < length; i++) {
                ids[first + i] = 2 + (7 * t + 3 * i) % 10;
                types[first + i] = i > length / 2 ? 1 : 0;
                mask[first + i] = 1;
            }
            if (!packed && length == 0) {
                mask[first] = 1;
            }
            at += length;
            starts[t + 1] = at;
        }
        if (packed) {
            inputs.writePacked(ids, types, starts);
        } else {
            inputs.write(ids, mask, types);
        }
        Variable logits = model.forward(inputs);
        Shape shape = Shape.of(TEXTS);
        Tensor labels = config.numLogits() == 1 ? Tensor.of(device, shape, 1, 0, 1, 1, 0, 0) : Tensor.ofInts(device, shape, 1, 0, 2, 1, 0, 0);
        Variable loss = model.loss(logits, labels, Tensor.of(device, shape, 1, 0.5f, 1, 2, 1, 0));
        loss.backward();
        Map<String, float[]> gradients = new LinkedHashMap<>();
        model.namedParameters().forEach((name, p) -> gradients.put(name, p.grad().toFloats()));
        float[] all = logits.data().toFloats();
        return new Result(Arrays.copyOf(all, all.length / TEXTS * LENGTHS.length), loss.data().item(), gradients,
                model.bert().forward(inputs).data().toFloats());
    }

    private static float[] values(Random random, int count, double mean) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (mean + 0.3 * random.nextGaussian());
        }
        return values;
    }

    private static BertConfig config(boolean pooler, int classes) {
        List<String> labels = List.of("a", "b", "c").subList(0, classes);
        BertConfig config = new BertConfig(13, 16, 2, 2, 22, "gelu", 0, 0, OptionalDouble.empty(), SEQ, 2, 0.02, 1e-12, 0, labels, List.of("BertModel"),
                Map.of());
        return config.withClassifier(labels, pooler);
    }

    @ParameterizedTest
    @CsvSource({"false,2", "true,3"})
    void logitsLossAndGradientsAreThoseOfThePaddedBatch(boolean pooler, int classes) {
        BertConfig config = config(pooler, classes);
        try (Device device = JvmDevice.open(2)) {
            Result padded = run(device, config, false, 0, 0);
            for (int tokens : new int[] {TOKENS, 64}) {
                Result packed = run(device, config, true, tokens, 0);
                assertArrayEquals(padded.logits, packed.logits, 2e-6f);
                assertEquals(padded.loss, packed.loss, 1e-6f);
                padded.gradients.forEach((name, expected) -> {
                    float[] actual = packed.gradients.get(name);
                    double largest = 0;
                    for (float g : expected) {
                        largest = Math.max(largest, Math.abs(g));
                    }
                    assertTrue(largest > 0 || name.endsWith("key.bias"), name);
                    assertArrayEquals(expected, actual, (float) (1e-6 * Math.max(1, largest)), name);
                });
                int hidden = config.hiddenSize();
                assertEquals(tokens * hidden, packed.hidden.length);
                for (int t = 0, at = 0; t < LENGTHS.length; at += LENGTHS[t++]) {
                    assertArrayEquals(Arrays.copyOfRange(padded.hidden, t * SEQ * hidden, (t * SEQ + LENGTHS[t]) * hidden),
                            Arrays.copyOfRange(packed.hidden, at * hidden, (at + LENGTHS[t]) * hidden), 5e-6f, "text " + t);
                }
            }
        }
    }

    @Test
    void whatDeadTokensHoldChangesNoNumber() {
        try (Device device = JvmDevice.open(1)) {
            Result zeros = run(device, config(true, 3), true, 64, 0);
            Result others = run(device, config(true, 3), true, 64, 12);
            assertArrayEquals(zeros.logits, others.logits);
            assertEquals(zeros.loss, others.loss);
            zeros.gradients.forEach((name, expected) -> assertArrayEquals(expected, others.gradients.get(name), name));
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (Device device = JvmDevice.open(1)) {
            BertForSequenceClassification model = new BertForSequenceClassification(config(false, 2), device, 1);
            BertInputs packed = BertInputs.createPacked(device, 2, 8, SEQ);
            assertEquals("starts needs 3 values, not 2", refusal(() -> packed.writePacked(new int[8], new int[8], new int[] {0, 8})));
            assertEquals("starts: text 1 is said to be from 4 to 9, but the row has 8 tokens",
                    refusal(() -> packed.writePacked(new int[8], new int[8], new int[] {0, 4, 9})));
            assertEquals("input_ids needs 8 values for a batch of shape [1, 8], not 7",
                    refusal(() -> packed.writePacked(new int[7], new int[8], new int[] {0, 4, 7})));
            assertEquals("texts of 10 tokens are longer than the 9 positions that the model has; cut them, or use a model with more",
                    refusal(() -> model.forward(BertInputs.createPacked(device, 2, 8, 10))));
            assertThrows(IllegalStateException.class, () -> packed.write(new int[8], new int[8], new int[8]));
            assertThrows(IllegalStateException.class, () -> BertInputs.create(device, 2, 4).writePacked(new int[8], new int[8], new int[3]));
        }
    }

    private static String refusal(Runnable work) {
        return assertThrows(IllegalArgumentException.class, work::run).getMessage();
    }
}
