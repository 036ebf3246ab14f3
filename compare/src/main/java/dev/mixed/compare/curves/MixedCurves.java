// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.curves;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.compare.curves.TorchCurves.Curve;
import dev.mixed.compare.curves.TorchCurves.Run;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.train.TrainingStep;
import dev.mixed.train.data.Batch;
import java.util.List;
import java.util.Objects;

/** miXed on the same weights and batches as PyTorch. */
public final class MixedCurves {
    private final TorchCurves torch;
    private final Device device;

    public MixedCurves(TorchCurves torch, Device device) {
        this.torch = torch;
        this.device = device;
    }

    /** Repeats a run of PyTorch's. */
    public Curve of(Run run, Precision precision) {
        BertForSequenceClassification model = new BertForSequenceClassification(TorchCurves.config(), device, 0);
        FormulaWeights.write(model);
        AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), TorchCurves.DECAY), TorchCurves.RATE);
        GradScaler scaler = new GradScaler(device, run.initScale(), 2, 0.5, run.growthInterval(), run.amp());
        List<Batch> batches = torch.batches();
        float[] losses = new float[batches.size()];
        float[] scales = new float[losses.length];
        TrainingStep step = new TrainingStep(model, optimizer, TorchCurves.CLIP, device, precision, scaler);
        for (int i = 0; i < losses.length; i++) {
            Tensor loss = step.backward(batches.get(i));
            if (run == Run.AMP_INJECTED && torch.injected().contains(i)) {
                Objects.requireNonNull(model.namedParameters().get("classifier.bias"), "a classifier has a bias").grad().write(Float.POSITIVE_INFINITY);
            }
            step.applyUpdate();
            losses[i] = loss.item();
            scales[i] = scaler.getScale();
        }
        return new Curve(losses, scaler.skippedUpdates().after(0).stream().map(update -> update - 1).toList(), scales);
    }
}
