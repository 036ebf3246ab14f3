// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.train.TrainingStep;
import dev.mixed.train.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The {@code tiny} model on two devices: its gradients, and its losses over some steps, from the same weights, batches and dropout masks. */
final class ModelChecks {
    private static final int BATCH = 16;
    private static final int LENGTH = 64;
    private static final int VOCABULARY = 2000;

    private ModelChecks() {
    }

    /** Null if all gradients agree to {@code tolerance} relative to their norm, else what is wrong. */
    static @Nullable String gradients(Device device, Device reference, Precision precision, double tolerance) {
        return compared(gradients(reference, precision, false), gradients(device, precision, false), tolerance);
    }

    /** Null if gradients agree to {@code tolerance} relative to the norm of all, else what is wrong. */
    static @Nullable String compared(Map<String, float[]> expected, Map<String, float[]> actual, double tolerance) {
        double difference = 0;
        double size = 0;
        for (Map.Entry<String, float[]> entry : expected.entrySet()) {
            float[] e = entry.getValue();
            float[] a = Objects.requireNonNull(actual.get(entry.getKey()), "both are the same model");
            for (int i = 0; i < e.length; i++) {
                double d = (double) a[i] - e[i];
                difference += d * d;
                size += (double) e[i] * e[i];
            }
        }
        double relative = Math.sqrt(difference / size);
        return relative <= tolerance ? null : String.format(Locale.ROOT, "gradients differ by %.2e of their norm, allowed are %.0e", relative, tolerance);
    }

    /** Null if gradients are the same, bit for bit, where the backward pass computes layers again; else which one differs. */
    static @Nullable String checkpointed(Device device, Precision precision) {
        Map<String, float[]> expected = gradients(device, precision, false);
        Map<String, float[]> actual = gradients(device, precision, true);
        return expected.keySet().stream().filter(name -> !Arrays.equals(expected.get(name), actual.get(name))).findFirst()
                .map(name -> "the gradient of " + name + " differs from that of kept layers").orElse(null);
    }

    private static Map<String, float[]> gradients(Device device, Precision precision, boolean checkpointing) {
        BertConfig config = config(0.1);
        BertForSequenceClassification model = new BertForSequenceClassification(config, device, 3);
        model.gradientCheckpointing(checkpointing);
        model.train();
        Batch batch = batches(config, 1).getFirst();
        BertInputs inputs = BertInputs.create(device, BATCH, LENGTH);
        Tensor labels = Tensor.zeros(device, Shape.of(BATCH), DType.F32);
        Tensor weights = Tensor.of(device, Shape.of(BATCH), batch.weights());
        Program program = Program.record(device, () -> {
            Variable loss;
            try (Autocast _ = precision.scope(device)) {
                loss = model.loss(model.forward(inputs), labels, weights);
            }
            // What a loss scaler would do, so that small gradients do not vanish in half.
            F.scale(loss, 1024f).backward();
            return List.of(loss.data());
        });
        inputs.write(batch.inputIds(), batch.attentionMask(), batch.tokenTypeIds());
        float[] values = new float[BATCH];
        for (int i = 0; i < BATCH; i++) {
            values[i] = batch.labels()[i];
        }
        labels.write(values);
        program.run();
        return gradients(model);
    }

    /** The gradients that a backward pass has left. */
    static Map<String, float[]> gradients(SequenceModel model) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        for (Map.Entry<String, Parameter> p : model.namedParameters().entrySet()) {
            gradients.put(p.getKey(), Objects.requireNonNull(p.getValue().grad(), "backward has set it").toFloats());
        }
        return gradients;
    }

    /** Null if the losses of {@code steps} steps agree to {@code tolerance}, else what is wrong. */
    static @Nullable String losses(Device device, Device reference, Precision precision, double dropout, int steps, double tolerance) {
        double[] expected = losses(reference, precision, dropout, steps);
        double[] actual = losses(device, precision, dropout, steps);
        for (int i = 0; i < steps; i++) {
            double relative = Math.abs(actual[i] - expected[i]) / Math.abs(expected[i]);
            if (!(relative <= tolerance)) {
                return String.format(Locale.ROOT, "the loss of step %d is %.6f, not %.6f; allowed is a relative difference of %.0e", i + 1, actual[i],
                        expected[i],
                        tolerance);
            }
        }
        return expected[steps - 1] < expected[0] ? null : "the loss does not fall";
    }

    private static double[] losses(Device device, Precision precision, double dropout, int steps) {
        BertConfig config = config(dropout);
        BertForSequenceClassification model = new BertForSequenceClassification(config, device, 3);
        AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), 0.01f), 2e-4f);
        TrainingStep step = new TrainingStep(model, optimizer, 1f, device, precision, precision.scaler(device));
        List<Batch> batches = batches(config, 5);
        double[] losses = new double[steps];
        for (int i = 0; i < steps; i++) {
            losses[i] = step.run(batches.get(i % batches.size())).item();
        }
        return losses;
    }

    private static BertConfig config(double dropout) {
        return BertConfig.of(Preset.TINY, VOCABULARY, List.of("no", "yes")).withDropout(dropout);
    }

    private static List<Batch> batches(BertConfig config, int count) {
        SplittableRandom random = new SplittableRandom(11);
        List<Batch> batches = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            int[] ids = new int[BATCH * LENGTH];
            int[] mask = new int[ids.length];
            int[] labels = new int[BATCH];
            float[] weights = new float[BATCH];
            int[] rows = new int[BATCH];
            for (int b = 0; b < BATCH; b++) {
                labels[b] = random.nextInt(2);
                weights[b] = 1f;
                rows[b] = b;
                int length = 2 + random.nextInt(LENGTH - 2);
                for (int i = 0; i < length; i++) {
                    mask[b * LENGTH + i] = 1;
                    // Ids of one class are even more often, so that there is something to learn.
                    ids[b * LENGTH + i] = 1 + random.nextInt(config.vocabSize() / 2 - 1) * 2 + (random.nextInt(4) == 0 ? 0 : labels[b]) % 2;
                }
            }
            batches.add(new Batch(BATCH, LENGTH, BATCH, ids, mask, new int[ids.length], labels, weights, rows));
        }
        return batches;
    }
}
