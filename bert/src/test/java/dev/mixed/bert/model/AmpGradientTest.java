// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.model.Float64Tape.Matrix;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The gradient of {@code tiny}, all parameters together, against the same computed in float64. */
class AmpGradientTest {
    private static final int SEQ = 16;
    private static final int[] LENGTHS = {16, 9, 12, 5};
    private static final int[] LABELS = {1, 0, 0, 1};
    private static Device device;
    private static BertConfig config;
    private static BertForSequenceClassification model;
    private static int[][] texts;
    private static Map<String, Matrix> exact;

    @BeforeAll
    static void computeExactly() {
        device = JvmDevice.open(2);
        // Fewer words than usual: rows of the table that no text uses have no gradient.
        config = BertConfig.of(Preset.of("tiny"), 500, List.of("0", "1")).withDropout(0);
        model = new BertForSequenceClassification(config, device, 3);
        Random random = new Random(4);
        texts = Arrays.stream(LENGTHS).mapToObj(n -> random.ints(n, 1, 500).toArray()).toArray(int[][]::new);
        exact = new LinkedHashMap<>();
        model.namedParameters().forEach((name, p) -> {
            int cols = p.shape().last();
            double[] values = new double[p.shape().elements()];
            float[] floats = p.data().toFloats();
            for (int i = 0; i < values.length; i++) {
                values[i] = floats[i];
            }
            exact.put(name, new Matrix(values.length / cols, cols, values));
        });
        for (int t = 0; t < texts.length; t++) {
            Float64Tape tape = new Float64Tape();
            tape.backward(loss(tape, texts[t], LABELS[t]), 1);
        }
    }

    @AfterAll
    static void close() {
        device.close();
    }

    private static Matrix linear(Float64Tape tape, String name, Matrix x) {
        return tape.linear(x, exact.get(name + ".weight"), exact.get(name + ".bias"));
    }

    private static Matrix norm(Float64Tape tape, String name, Matrix x) {
        return tape.layerNorm(x, exact.get(name + ".weight"), exact.get(name + ".bias"), config.layerNormEps());
    }

    private static Matrix loss(Float64Tape tape, int[] text, int label) {
        int[] positions = new int[text.length];
        Arrays.setAll(positions, i -> i);
        String embeddings = "bert.embeddings.";
        Matrix words = tape.rows(exact.get(embeddings + "word_embeddings.weight"), text);
        Matrix types = tape.rows(exact.get(embeddings + "token_type_embeddings.weight"), new int[text.length]);
        Matrix places = tape.rows(exact.get(embeddings + "position_embeddings.weight"), positions);
        Matrix x = norm(tape, embeddings + "LayerNorm", tape.add(tape.add(words, types), places));
        for (int l = 0; l < config.numHiddenLayers(); l++) {
            String layer = "bert.encoder.layer." + l + ".";
            Matrix attended = tape.attention(linear(tape, layer + "attention.self.query", x), linear(tape, layer + "attention.self.key", x),
                    linear(tape, layer + "attention.self.value", x), config.numAttentionHeads());
            Matrix a = norm(tape, layer + "attention.output.LayerNorm", tape.add(linear(tape, layer + "attention.output.dense", attended), x));
            Matrix wide = tape.gelu(linear(tape, layer + "intermediate.dense", a));
            x = norm(tape, layer + "output.LayerNorm", tape.add(linear(tape, layer + "output.dense", wide), a));
        }
        return tape.binaryCrossEntropy(linear(tape, "classifier", tape.rows(x, new int[] {0})), label, 1.0 / LABELS.length);
    }

    /** The float64 gradients are those of the float64 model that the other tests trust. */
    @Test
    void theYardstickFollowsFiniteDifferences() {
        Map<String, double[]> parameters = new LinkedHashMap<>();
        exact.forEach((name, m) -> parameters.put(name, m.value));
        ReferenceBert reference = new ReferenceBert(config, parameters);
        int[][] types = Arrays.stream(texts).map(t -> new int[t.length]).toArray(int[][]::new);
        Random random = new Random(5);
        exact.forEach((name, m) -> {
            int i = name.contains("word_embeddings") ? texts[0][1] * m.cols + 7 : random.nextInt(Math.min(m.value.length, SEQ * m.cols));
            double value = m.value[i];
            double h = 1e-5;
            m.value[i] = value + h;
            double above = reference.loss(texts, types, LABELS);
            m.value[i] = value - h;
            double below = reference.loss(texts, types, LABELS);
            m.value[i] = value;
            double slope = (above - below) / (2 * h);
            assertEquals(slope, m.gradient[i], 1e-8 + 1e-5 * Math.abs(slope), name + "[" + i + "]");
        });
    }

    private static double relativeError(Precision precision, GradScaler scaler, float factor) {
        Optimizer optimizer = new SGD(List.of(new ParameterGroup(model.namedParameters(), 0f)), 0f);
        optimizer.zeroGrad();
        BertInputs inputs = BertInputs.create(device, texts.length, SEQ);
        int[] ids = new int[texts.length * SEQ];
        int[] mask = new int[ids.length];
        float[] labels = new float[texts.length];
        for (int t = 0; t < texts.length; t++) {
            System.arraycopy(texts[t], 0, ids, t * SEQ, texts[t].length);
            Arrays.fill(mask, t * SEQ, t * SEQ + texts[t].length, 1);
            labels[t] = LABELS[t];
        }
        inputs.write(ids, mask, new int[ids.length]);
        Shape batch = Shape.of(texts.length);
        model.eval();
        Variable loss;
        try (Autocast _ = precision.scope(device)) {
            loss = F.scale(model.loss(model.forward(inputs), Tensor.of(device, batch, labels), Tensor.of(device, batch, 1, 1, 1, 1)), factor);
        }
        scaler.scale(loss).backward();
        scaler.unscale(optimizer);
        double[] sums = new double[2];
        model.namedParameters().forEach((name, p) -> {
            float[] g = p.grad().toFloats();
            double[] e = exact.get(name).gradient;
            for (int i = 0; i < g.length; i++) {
                sums[0] += (g[i] / factor - e[i]) * (g[i] / factor - e[i]);
                sums[1] += e[i] * e[i];
            }
        });
        return Math.sqrt(sums[0] / sums[1]);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void wholeGradientMatchesFloat64(Precision precision) {
        double error = relativeError(precision, precision.scaler(device), 1f);
        assertTrue(error < (precision == Precision.FP32 ? 1e-5 : 1e-2), precision + ": relative error " + error);
    }

    /** A small loss, as late in training or under a small weight: its gradients vanish in half unless the loss is scaled. */
    @Test
    void smallLossesNeedScaling() {
        double with = relativeError(Precision.AMP, new GradScaler(device), 1e-5f);
        double without = relativeError(Precision.AMP, GradScaler.disabled(device), 1e-5f);
        assertTrue(with < 1e-2, "relative error with scaling " + with);
        assertTrue(without > 0.1, "relative error without scaling " + without);
    }
}
