package dev.mixed.bert.train;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.data.Batch;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.ProgramCache;
import dev.mixed.engine.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One training step: forward, loss, backward, clipping and update, recorded once for each batch shape and then run again. */
public final class TrainingStep {
    private final BertForSequenceClassification model;
    private final Optimizer optimizer;
    private final float clip;
    private final Device device;
    private final ProgramCache programs;
    private final Map<BatchShape, StepInputs> inputs = new HashMap<>();

    /** @param clip largest L2 norm of all gradients together; 0 for no clipping */
    public TrainingStep(BertForSequenceClassification model, Optimizer optimizer, float clip, Device device) {
        this.model = model;
        this.optimizer = optimizer;
        this.clip = clip;
        this.device = device;
        this.programs = new ProgramCache(device);
    }

    /** Trains on one batch. The returned scalar holds the batch's mean loss until the next step of the same shape. */
    public Tensor run(Batch batch) {
        BatchShape shape = BatchShape.of(batch);
        Program program = program(shape);
        inputs.get(shape).write(batch);
        program.run();
        return program.output(0);
    }

    /** The recorded step for a batch shape. */
    Program program(BatchShape shape) {
        boolean oneLogit = model.config().numLogits() == 1;
        StepInputs in = inputs.computeIfAbsent(shape, s -> new StepInputs(device, s, oneLogit));
        return programs.get(shape, () -> record(in));
    }

    private List<Tensor> record(StepInputs in) {
        model.train();
        optimizer.zeroGrad();
        Variable loss = model.loss(model.forward(in.bert()), in.labels(), in.weights());
        loss.backward();
        Tensor factor = clip > 0f ? GradientClipping.coefficient(GradientClipping.globalNorm(optimizer.parameters().values()), clip) : null;
        optimizer.step(factor);
        return List.of(loss.data());
    }
}
