// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.train.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A few training steps of the {@code tiny} model without dropout, alone or as one of several ranks: both leave the same, to rounding. */
public final class RankTrial {
    private static final int VOCABULARY = 500;
    private static final int ROWS = 4;
    private static final int LENGTH = 32;
    /** Far from where a sum of halves on the wire overflows: that step would be left out, as it should be, and nothing compared. */
    private static final double SCALE = 1024;

    private RankTrial() {
    }

    /**
     * All parameters after training, one after the other.
     *
     * @param batches of a step, on all ranks together, dealt out in turn; their number need not be a multiple of the ranks'
     */
    public static float[] run(Device device, DataParallel ranks, Precision precision, int batches, int steps) {
        BertConfig config = BertConfig.of(Preset.TINY, VOCABULARY, BertConfig.UNNAMED).withDropout(0);
        BertForSequenceClassification model = new BertForSequenceClassification(config, device, 1);
        AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), 0.01f), 1e-3f);
        TrainingStep step = new TrainingStep(ClassificationTask.unnamed(model), optimizer, 1f, device, precision,
                precision == Precision.AMP ? new GradScaler(device, SCALE, 2, 0.5, steps + 1, true) : GradScaler.disabled(device), ranks);
        for (int s = 0; s < steps; s++) {
            List<Batch> mine = new ArrayList<>();
            Batch example = batch(config, s, 0, batches);
            for (int b = 0; b < batches; b++) {
                if (ranks.owns(b)) {
                    mine.add(batch(config, s, b, batches));
                }
            }
            step.run(new StepPart(mine, batches * step.weight(example), true, example));
        }
        List<float[]> parameters = model.parameters().stream().map(Parameter::data).map(Tensor::toFloats).toList();
        float[] all = new float[parameters.stream().mapToInt(p -> p.length).sum()];
        int at = 0;
        for (float[] parameter : parameters) {
            System.arraycopy(parameter, 0, all, at, parameter.length);
            at += parameter.length;
        }
        return all;
    }

    private static Batch batch(BertConfig config, int step, int index, int batches) {
        return TrainingBenchmark.randomBatch(config, ROWS, LENGTH, (long) step * batches + index);
    }

    /** The norm of what two results differ by, relative to that of the first. */
    public static double difference(float[] expected, float[] actual) {
        if (expected.length != actual.length) {
            return Double.POSITIVE_INFINITY;
        }
        double norm = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            norm += (double) expected[i] * expected[i];
            difference += Math.pow((double) actual[i] - expected[i], 2);
        }
        return Arrays.equals(expected, actual) ? 0 : Math.sqrt(difference / norm);
    }
}
