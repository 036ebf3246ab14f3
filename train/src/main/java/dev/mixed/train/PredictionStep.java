// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.NoGrad;
import dev.mixed.autograd.Variable;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.ProgramCache;
import dev.mixed.engine.Tensor;
import dev.mixed.train.data.Batch;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A forward pass without dropout, recorded once for each batch shape. */
public final class PredictionStep {
    private final SequenceModel model;
    private final Device device;
    private final Precision precision;
    private final ProgramCache programs;
    /** What the outputs are for; null where they are the model's alone. */
    private final @Nullable Task<?> task;
    private final Map<BatchShape, StepInputs> slots = new HashMap<>();
    private final Map<BatchShape, Inputs> inputs = new HashMap<>();

    /** Computes in float. */
    public PredictionStep(SequenceModel model, Device device) {
        this(model, device, Precision.FP32);
    }

    public PredictionStep(SequenceModel model, Device device, Precision precision) {
        this(model, null, device, precision);
    }

    /** Computes the task's outputs, of a batch with {@link Batch#positions} those that scoring keeps. */
    public PredictionStep(Task<?> task, Device device, Precision precision) {
        this(task.model(), task, device, precision);
    }

    private PredictionStep(SequenceModel model, @Nullable Task<?> task, Device device, Precision precision) {
        this.task = task;
        this.model = model;
        this.device = device;
        this.precision = precision;
        this.programs = new ProgramCache(device);
    }

    /**
     * What the model says of each text of the batch, in their order: a row each, its padding included, or of a packed batch's tokens those of the text.
     *
     * @throws IllegalStateException if another thread uses the device meanwhile
     */
    float[][] texts(Batch batch) {
        try (Device.Use _ = device.use()) {
            Tensor outputs = compute(batch);
            float[] values = outputs.toFloats();
            // [texts, ...] or [1, tokens, ...]
            boolean ofTokens = batch.isPacked() && outputs.shape().rank() == 3;
            int each = values.length / (ofTokens ? batch.inputIds().length : batch.batchSize());
            int[] starts = batch.starts();
            float[][] texts = new float[batch.realCount()][];
            for (int t = 0; t < texts.length; t++) {
                texts[t] = Arrays.copyOfRange(values, (ofTokens ? starts[t] : t) * each, (ofTokens ? starts[t + 1] : t + 1) * each);
            }
            return texts;
        }
    }

    /**
     * What the model says of each row, such as logits [batch, logits], row-major, or of each token of a packed batch if the model is
     * for tokens; rows past the batch's real ones mean nothing.
     *
     * @throws IllegalStateException if another thread uses the device meanwhile
     */
    public float[] logits(Batch batch) {
        // Inputs, run and result belong together: a second thread in between would get this one's numbers, or give it its own.
        try (Device.Use _ = device.use()) {
            return compute(batch).toFloats();
        }
    }

    private Tensor compute(Batch batch) {
        Prepared prepared = prepared(batch);
        prepared.inputs.accept(batch);
        prepared.program.run();
        return prepared.program.output(0);
    }

    /** A program and what writes its inputs. */
    private record Prepared(Program program, Consumer<Batch> inputs) {
    }

    private Prepared prepared(Batch batch) {
        BatchShape shape = BatchShape.of(batch);
        if (task != null && batch.positions().length > 0) {
            StepInputs in = slots.computeIfAbsent(shape, s -> new StepInputs(device, s, task));
            Program program = programs.get(List.of(shape), () -> record(() -> task.kept(task.outputs(in.bert(), in.positions()), in.labels())));
            return new Prepared(program, in::write);
        }
        Inputs in = inputs.computeIfAbsent(shape, this::inputs);
        Program program = programs.get(shape, () -> record(() -> task == null ? model.forward(in.read) : task.outputs(in.read, null)));
        return new Prepared(program, b -> BatchShape.write(b, in.written));
    }

    /** Records the programs of batches without running any, see {@link Device#compilesInFirstRun}. */
    void prepare(Collection<Batch> batches) {
        try (Device.Use _ = device.use()) {
            batches.forEach(this::prepared);
        }
    }

    /** Tensors that a batch is written into, and as the outputs take them. */
    private record Inputs(BertInputs written, BertInputs read) {
    }

    private Inputs inputs(BatchShape shape) {
        BertInputs written = shape.inputs(device);
        return new Inputs(written, task == null ? written : task.arranged(written));
    }

    /** The model. */
    SequenceModel model() {
        return model;
    }

    Precision precision() {
        return precision;
    }

    private List<Tensor> record(Supplier<Variable> outputs) {
        boolean training = model.training();
        model.eval();
        try (NoGrad _ = NoGrad.enter(); Autocast _ = precision.scope(device)) {
            return List.of(outputs.get().data());
        } finally {
            if (training) {
                model.train();
            }
        }
    }
}
