// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Pooling;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.config.VectorSettings;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.BertSentenceEncoder;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.train.EmbeddingTask;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Gradients of the losses by which vectors of texts are learned, of the {@code tiny} model on two devices. */
final class VectorChecks {
    private static final int PAIRS = 12;
    /** Rows without a pair at the end of a batch. */
    private static final int EMPTY = 2;
    private static final int LENGTH = 24;
    private static final int VOCABULARY = 500;

    private VectorChecks() {
    }

    /** Null if all gradients agree to {@code tolerance} relative to their norm, else what is wrong. */
    static @Nullable String gradients(Device device, Device reference, VectorSettings.Loss loss, Precision precision, double tolerance) {
        return ModelChecks.compared(gradients(reference, loss, precision), gradients(device, loss, precision), tolerance);
    }

    static Map<String, float[]> gradients(Device device, VectorSettings.Loss loss, Precision precision) {
        VectorSettings settings = new VectorSettings(Pooling.MEAN, false, loss);
        BertConfig config = BertConfig.of(Preset.TINY, VOCABULARY, BertConfig.UNNAMED).withVectors(settings).withDropout(0.1);
        BertSentenceEncoder model = new BertSentenceEncoder(config, device, 3);
        EmbeddingTask task = new EmbeddingTask(model, settings);
        model.train();
        BertInputs written = BertInputs.create(device, PAIRS, 2 * LENGTH);
        BertInputs inputs = task.arranged(written);
        Tensor targets = task.targets(device, PAIRS, 2 * LENGTH);
        float[] weights = new float[PAIRS];
        Arrays.fill(weights, 0, PAIRS - EMPTY, 1f);
        Tensor weight = Tensor.of(device, Shape.of(PAIRS), weights);
        Program program = Program.record(device, () -> {
            Variable value;
            try (Autocast _ = precision.scope(device)) {
                value = task.loss(task.outputs(inputs, null), targets, weight);
            }
            F.scale(value, 1024f).backward();
            return List.of(value.data());
        });
        SplittableRandom random = new SplittableRandom(11);
        int[] ids = new int[2 * PAIRS * LENGTH];
        int[] mask = new int[ids.length];
        for (int text = 0; text < 2 * PAIRS; text++) {
            int length = text < 2 * (PAIRS - EMPTY) ? 3 + random.nextInt(LENGTH - 3) : 1;
            for (int i = 0; i < length; i++) {
                mask[text * LENGTH + i] = 1;
                ids[text * LENGTH + i] = 1 + random.nextInt(VOCABULARY - 1);
            }
        }
        written.write(ids, mask, new int[ids.length]);
        if (targets.dtype() == DType.I32) {
            targets.write(IntStream.range(0, PAIRS).toArray());
        } else {
            float[] scores = new float[PAIRS];
            for (int i = 0; i < PAIRS; i++) {
                scores[i] = i / (float) PAIRS;
            }
            targets.write(scores);
        }
        program.run();
        return ModelChecks.gradients(model);
    }
}
