// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.NoGrad;
import dev.mixed.bert.model.SequenceClassifier;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.ProgramCache;
import dev.mixed.engine.Tensor;
import dev.mixed.train.data.Batch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A forward pass without dropout, recorded once for each batch shape. */
public final class PredictionStep {
    private final SequenceClassifier model;
    private final Device device;
    private final Precision precision;
    private final ProgramCache programs;
    private final Map<BatchShape, StepInputs> inputs = new HashMap<>();

    /** Computes in float. */
    public PredictionStep(SequenceClassifier model, Device device) {
        this(model, device, Precision.FP32);
    }

    public PredictionStep(SequenceClassifier model, Device device, Precision precision) {
        this.model = model;
        this.device = device;
        this.precision = precision;
        this.programs = new ProgramCache(device);
    }

    /**
     * The logits of each row, [batch, logits] row-major; rows past the batch's real ones mean nothing.
     *
     * @throws IllegalStateException if another thread uses the device meanwhile
     */
    public float[] logits(Batch batch) {
        // Inputs, run and result belong together: a second thread in between would get this one's numbers, or give it its own.
        try (Device.Use _ = device.use()) {
            return compute(batch);
        }
    }

    private float[] compute(Batch batch) {
        BatchShape shape = BatchShape.of(batch);
        StepInputs in = inputs.computeIfAbsent(shape, s -> new StepInputs(device, s, false));
        Program program = programs.get(shape, () -> record(in));
        in.bert().write(batch.inputIds(), batch.attentionMask(), batch.tokenTypeIds());
        program.run();
        return program.output(0).toFloats();
    }

    /** Logits of a row. */
    int numLogits() {
        return model.numLogits();
    }

    Precision precision() {
        return precision;
    }

    private List<Tensor> record(StepInputs in) {
        boolean training = model.training();
        model.eval();
        try (NoGrad _ = NoGrad.enter(); Autocast _ = precision.scope(device)) {
            return List.of(model.forward(in.bert()).data());
        } finally {
            if (training) {
                model.train();
            }
        }
    }
}
