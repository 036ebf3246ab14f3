package dev.mixed.bert.train;

import dev.mixed.autograd.NoGrad;
import dev.mixed.bert.data.Batch;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.ProgramCache;
import dev.mixed.engine.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A forward pass without dropout, recorded once for each batch shape. */
public final class PredictionStep {
    private final BertForSequenceClassification model;
    private final Device device;
    private final ProgramCache programs;
    private final Map<BatchShape, StepInputs> inputs = new HashMap<>();

    public PredictionStep(BertForSequenceClassification model, Device device) {
        this.model = model;
        this.device = device;
        this.programs = new ProgramCache(device);
    }

    /** The logits of each row, [batch, logits] row-major; rows past the batch's real ones mean nothing. */
    public float[] logits(Batch batch) {
        BatchShape shape = BatchShape.of(batch);
        StepInputs in = inputs.computeIfAbsent(shape, s -> new StepInputs(device, s, false));
        Program program = programs.get(shape, () -> record(in));
        in.bert().write(batch.inputIds(), batch.attentionMask(), batch.tokenTypeIds());
        program.run();
        return program.output(0).toFloats();
    }

    private List<Tensor> record(StepInputs in) {
        boolean training = model.training();
        model.eval();
        try (NoGrad _ = NoGrad.enter()) {
            return List.of(model.forward(in.bert()).data());
        } finally {
            if (training) {
                model.train();
            }
        }
    }
}
