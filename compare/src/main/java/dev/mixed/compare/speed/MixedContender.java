// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.train.TrainingStep;
import dev.mixed.train.data.Batch;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** miXed on one of its devices. */
public final class MixedContender implements Contender {
    private final Precision precision;
    private final TrainingStep step;
    private List<Batch> batches = List.of();
    private long peak;

    public MixedContender(Job job, Device device, Precision precision) {
        this.precision = precision;
        BertForSequenceClassification model = new BertForSequenceClassification(job.config(), device, job.seed());
        AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), Job.DECAY), Job.RATE);
        step = new TrainingStep(model, optimizer, Job.CLIP, device, precision, precision.scaler(device));
    }

    @Override
    public Engine engine() {
        return Engine.MIXED;
    }

    @Override
    public boolean amp() {
        return precision != Precision.FP32;
    }

    @Override
    public void load(List<Batch> next) {
        batches = next;
        Batch largest = next.stream().max(Comparator.comparingInt(b -> b.inputIds().length)).orElseThrow();
        peak = Math.max(peak, step.memory(largest).total());
    }

    @Override
    public Run run(int first, int count) {
        long start = System.nanoTime();
        Tensor loss = null;
        for (int i = first; i < first + count; i++) {
            loss = step.run(batches.get(i % batches.size()));
        }
        // Reading it waits for the device.
        double last = Objects.requireNonNull(loss, "at least one step is run").item();
        return new Run((System.nanoTime() - start) / 1e9, last);
    }

    /** Planned memory: weights, gradients, moments and the activations of the largest batch. */
    @Override
    public long peakBytes() {
        return peak;
    }

    @Override
    public void close() {
    }
}
