package dev.mixed.compare.curves;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.GradScaler;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.bert.data.Batch;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.train.Precision;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.List;

/** A training step of a model with one logit, in whose gradients the host may put an infinity between backward pass and update. */
final class InjectedStep {
    private final BertForSequenceClassification model;
    private final AdamW optimizer;
    private final GradScaler scaler;
    private final Precision precision;
    private final Device device;
    private BertInputs inputs;
    private Tensor labels;
    private Tensor weights;
    private Program backward;
    private Program update;

    InjectedStep(BertForSequenceClassification model, AdamW optimizer, GradScaler scaler, Precision precision, Device device) {
        this.model = model;
        this.optimizer = optimizer;
        this.scaler = scaler;
        this.precision = precision;
        this.device = device;
    }

    /** The loss; all batches have one shape. */
    float run(Batch batch, boolean inject) {
        if (backward == null) {
            record(batch.batchSize(), batch.seqLength());
        }
        write(batch);
        backward.run();
        if (inject) {
            model.namedParameters().get("classifier.bias").grad().write(Float.POSITIVE_INFINITY);
        }
        update.run();
        return backward.output(0).item();
    }

    private void record(int rows, int length) {
        inputs = BertInputs.create(device, rows, length);
        labels = Tensor.zeros(device, Shape.of(rows), DType.F32);
        weights = Tensor.zeros(device, Shape.of(rows), DType.F32);
        backward = Program.record(device, () -> {
            model.train();
            optimizer.zeroGrad();
            Variable loss;
            try (Autocast _ = precision.scope(device)) {
                loss = model.loss(model.forward(inputs), labels, weights);
            }
            scaler.scale(loss).backward();
            return List.of(loss.data());
        });
        update = Program.record(device, () -> {
            scaler.unscale(optimizer);
            GradientClipping.clip(model.parameters(), TorchCurves.CLIP);
            scaler.step(optimizer);
            scaler.update();
            return List.of();
        });
    }

    private void write(Batch batch) {
        inputs.write(batch.inputIds(), batch.attentionMask(), batch.tokenTypeIds());
        weights.write(batch.weights());
        float[] values = new float[batch.batchSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = batch.labels()[i];
        }
        labels.write(values);
    }
}
