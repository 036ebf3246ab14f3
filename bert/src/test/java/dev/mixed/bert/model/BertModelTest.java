// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BertModelTest {
    private final Device device = JvmDevice.open(2);

    @AfterEach
    void close() {
        device.close();
    }

    static BertConfig config(int vocab, int hidden, int layers, int heads, int wide, int positions, double dropout, String... labels) {
        return new BertConfig(vocab, hidden, layers, heads, wide, "gelu", dropout, dropout, OptionalDouble.empty(), positions, 2, 0.02, 1e-12, 0,
                List.of(labels), List.of("BertModel"), Map.of());
    }

    static Stream<BertConfig> configs() {
        return Stream.of(config(11, 8, 1, 2, 12, 16, 0.1, "no", "yes"), config(30, 12, 3, 3, 7, 5, 0, "a", "b", "c"),
                config(1, 1, 1, 1, 1, 1, 0, "a", "b", "c", "d"), Preset.TINY.config(100, List.of("no", "yes")));
    }

    @ParameterizedTest
    @MethodSource("configs")
    void parametersHaveHuggingFaceNamesAndShapes(BertConfig config) {
        SequencedMap<String, List<Integer>> actual = new LinkedHashMap<>();
        BertForSequenceClassification model = new BertForSequenceClassification(config, device, 1);
        model.namedParameters().forEach((name, p) -> actual.put(name, Arrays.stream(p.shape().toArray()).boxed().toList()));
        assertEquals(new ArrayList<>(TensorNames.all(config).entrySet()), new ArrayList<>(actual.entrySet()));
        assertEquals(TensorNames.all(config).values().stream().mapToLong(s -> s.stream().reduce(1, (a, b) -> a * b)).sum(), model.parameterCount());
    }

    @Test
    void initialValuesAreBerts() {
        BertConfig config = Preset.TINY.config(1000, List.of("a", "b", "c"));
        Map<String, Parameter> parameters = new BertForSequenceClassification(config, device, 5).namedParameters();
        parameters.forEach((name, p) -> {
            float[] values = p.data().toFloats();
            if (name.endsWith("LayerNorm.weight")) {
                assertAll(name, values, 1f);
            } else if (name.endsWith("bias")) {
                assertAll(name, values, 0f);
            } else {
                boolean words = name.equals(TensorNames.WORD_EMBEDDINGS);
                if (words) {
                    assertAll("padding row", Arrays.copyOf(values, config.hiddenSize()), 0f);
                }
                float[] random = words ? Arrays.copyOfRange(values, config.hiddenSize(), values.length) : values;
                assertNormal(name, random);
            }
        });
        assertFalse(Arrays.equals(parameters.get("bert.encoder.layer.0.attention.self.query.weight").data().toFloats(),
                parameters.get("bert.encoder.layer.0.attention.self.key.weight").data().toFloats()));
    }

    private static void assertAll(String name, float[] values, float expected) {
        for (float v : values) {
            assertEquals(expected, v, name);
        }
    }

    /** Mean 0, standard deviation 0.02, kurtosis 3 and no two values alike in a row, as N(0, 0.02²) has; each within five standard errors. */
    private static void assertNormal(String name, float[] values) {
        int n = values.length;
        double mean = 0;
        double square = 0;
        double fourth = 0;
        for (float v : values) {
            mean += v / 0.02 / n;
            square += Math.pow(v / 0.02, 2) / n;
            fourth += Math.pow(v / 0.02, 4) / n;
        }
        assertEquals(0, mean, 5 / Math.sqrt(n), name);
        assertEquals(1, square, 5 * Math.sqrt(2.0 / n), name);
        assertEquals(3, fourth, 5 * Math.sqrt(96.0 / n), name);
    }

    @Test
    void theSeedDecidesTheWeights() {
        BertConfig config = config(11, 8, 1, 2, 12, 16, 0.1, "no", "yes");
        assertArrayEquals(weights(config, 1), weights(config, 1));
        assertFalse(Arrays.equals(weights(config, 1), weights(config, 2)));
    }

    private float[] weights(BertConfig config, long seed) {
        return new BertForSequenceClassification(config, device, seed).namedParameters().get(TensorNames.WORD_EMBEDDINGS).data().toFloats();
    }

    /** Logits of rows of ids, the shorter of them padded to {@code seq}. */
    private float[] logits(BertForSequenceClassification model, int seq, int[]... rows) {
        int[] ids = new int[rows.length * seq];
        int[] mask = new int[ids.length];
        for (int r = 0; r < rows.length; r++) {
            System.arraycopy(rows[r], 0, ids, r * seq, rows[r].length);
            Arrays.fill(mask, r * seq, r * seq + rows[r].length, 1);
        }
        BertInputs inputs = BertInputs.create(device, rows.length, seq);
        inputs.write(ids, mask, new int[ids.length]);
        return model.forward(inputs).data().toFloats();
    }

    private BertForSequenceClassification trained(BertConfig config) {
        BertForSequenceClassification model = new BertForSequenceClassification(config, device, 3);
        // Larger weights than at the start, so that attention differs from token to token.
        model.parameters().forEach(p -> {
            float[] values = p.data().toFloats();
            for (int i = 0; i < values.length; i++) {
                values[i] = values[i] == 1f ? 1f : values[i] * 15 + 0.01f * (i % 7);
            }
            p.data().write(values);
        });
        return model;
    }

    @Test
    void paddingDoesNotChangeATextsLogits() {
        BertForSequenceClassification model = trained(config(30, 16, 2, 4, 20, 32, 0.1, "a", "b", "c"));
        model.eval();
        int[] text = {2, 9, 17, 28, 5, 3};
        int[] other = {2, 11, 3};
        float[] alone = logits(model, 6, text);
        assertTrue(Math.abs(alone[0] - alone[1]) > 1e-2, Arrays.toString(alone));
        for (int seq : new int[] {8, 32}) {
            assertArrayEquals(alone, logits(model, seq, text), 1e-5f);
            assertArrayEquals(alone, Arrays.copyOfRange(logits(model, seq, other, text), 3, 6), 1e-5f);
        }
        assertFalse(Arrays.equals(alone, logits(model, 6, new int[] {2, 9, 17, 28, 6, 3})));
    }

    @Test
    void dropoutIsActiveOnlyInTraining() {
        BertConfig config = config(30, 16, 2, 4, 20, 32, 0.1, "a", "b", "c");
        BertForSequenceClassification model = trained(config);
        int[] text = {2, 9, 17, 28, 5, 3};
        model.eval();
        float[] first = logits(model, 8, text);
        assertArrayEquals(first, logits(model, 8, text));
        assertEquals(0, model.random().counter());
        model.train();
        float[] dropped = logits(model, 8, text);
        assertFalse(Arrays.equals(first, dropped));
        assertFalse(Arrays.equals(dropped, logits(model, 8, text)));
        // Embeddings, and in each of two layers attention, its output and the feed-forward part, then the head: twice.
        assertEquals(2 * 8, model.random().counter());

        BertForSequenceClassification without = trained(config.withDropout(0));
        assertArrayEquals(first, logits(without, 8, text));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void twoClassesShareALogitAndMoreHaveOneEach(int classes) {
        String[] labels = Arrays.copyOf(new String[] {"a", "b", "c", "d", "e"}, classes);
        BertForSequenceClassification model = trained(config(30, 16, 1, 4, 20, 32, 0, labels));
        int[][] texts = {{2, 9, 3}, {2, 17, 28, 3}, {2, 3}};
        int[] classIds = {1, 0, classes - 1};
        float[] weights = {1, 1, 0};
        BertInputs inputs = BertInputs.create(device, 3, 4);
        inputs.write(new int[] {2, 9, 3, 0, 2, 17, 28, 3, 2, 3, 0, 0}, new int[] {1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0}, new int[12]);
        Variable logits = model.forward(inputs);
        int width = classes == 2 ? 1 : classes;
        assertEquals(Shape.of(3, width), logits.shape());
        float[] values = logits.data().toFloats();
        assertArrayEquals(values, logits(model, 4, texts), 1e-5f);

        Shape rows = Shape.of(3);
        Tensor labelTensor = classes == 2 ? Tensor.of(device, rows, 1, 0, 1) : Tensor.ofInts(device, rows, classIds);
        double expected = 0;
        for (int r = 0; r < 2; r++) {
            if (classes == 2) {
                double p = 1 / (1 + Math.exp(-values[r]));
                expected -= Math.log(classIds[r] == 1 ? p : 1 - p) / 2;
            } else {
                double sum = 0;
                for (int c = 0; c < width; c++) {
                    sum += Math.exp(values[r * width + c]);
                }
                expected -= Math.log(Math.exp(values[r * width + classIds[r]]) / sum) / 2;
            }
        }
        assertEquals(expected, model.loss(logits, labelTensor, Tensor.of(device, rows, weights)).data().item(), 1e-5);
    }
}
