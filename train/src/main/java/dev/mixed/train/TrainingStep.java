// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.model.SequenceClassifier;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.Device;
import dev.mixed.engine.MemoryPlan;
import dev.mixed.engine.Program;
import dev.mixed.engine.ProgramCache;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.loss.LossLog;
import dev.mixed.train.data.Batch;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One training step, in two programs that are recorded once and then run again: forward, loss and backward for each batch shape; clipping and
 * update, which no shape changes, once for all.
 *
 * <p>The host reads nothing in it: the scaler decides on the device whether the update takes place, and the latest losses wait there, too.
 */
public final class TrainingStep {
    /** Batches whose losses the device keeps. */
    public static final int LOSSES_KEPT = 256;

    private final Task<?> task;
    private final SequenceModel model;
    private final Optimizer optimizer;
    private final float clip;
    private final Device device;
    private final Precision precision;
    private final GradScaler scaler;
    private final ProgramCache programs;
    private final LossLog losses;
    private final DataParallel ranks;
    /** Whether each batch's gradients are computed by themselves, see {@link GradientSums}; else backward passes add to them in place. */
    private final boolean apart;
    /** See {@link DataParallel#bucketBytes}. */
    private final long bucketBytes;
    private @Nullable List<List<Tensor>> buckets;
    private @Nullable GradientSums sums;
    private @Nullable Program update;
    private final Map<BatchShape, StepInputs> inputs = new HashMap<>();
    /** Once a step had several batches, a last one alone is trained on by the programs that there are. */
    private boolean accumulates;

    /** A step of a classifier in float; arguments as in the last constructor. */
    public <M extends SequenceModel & SequenceClassifier> TrainingStep(M model, Optimizer optimizer, float clip, Device device) {
        this(model, optimizer, clip, device, Precision.FP32, GradScaler.disabled(device));
    }

    /** A step of a classifier in any precision; arguments as in the last constructor. */
    public <M extends SequenceModel & SequenceClassifier> TrainingStep(M model, Optimizer optimizer, float clip, Device device, Precision precision,
            GradScaler scaler) {
        this(ClassificationTask.unnamed(model), optimizer, clip, device, precision, scaler);
    }

    /**
     * A step in any precision.
     *
     * @param task   whose model is trained
     * @param clip   largest L2 norm of all gradients together; 0 for no clipping
     * @param scaler scales the loss, and adapts the scale after each step
     */
    public TrainingStep(Task<?> task, Optimizer optimizer, float clip, Device device, Precision precision, GradScaler scaler) {
        this(task, optimizer, clip, device, precision, scaler, DataParallel.single());
    }

    /** A step of which this is one rank's part; arguments as in the last constructor. */
    TrainingStep(Task<?> task, Optimizer optimizer, float clip, Device device, Precision precision, GradScaler scaler, DataParallel ranks) {
        this.ranks = ranks;
        // On a GPU, the gradients once more would take memory that others need.
        this.apart = device instanceof JvmDevice;
        this.bucketBytes = apart ? 0 : ranks.bucketBytes();
        this.task = task;
        this.model = task.model();
        this.optimizer = optimizer;
        this.clip = clip;
        this.device = device;
        this.precision = precision;
        this.scaler = scaler;
        this.programs = new ProgramCache(device);
        Variable.reserveGradients(optimizer.parameters().values());
        this.losses = new LossLog(device, LOSSES_KEPT);
    }

    /** Trains on one batch. The returned scalar holds the batch's mean loss until the next step of the same shape. */
    public Tensor run(Batch batch) {
        if (!ranks.isSingle()) {
            throw new IllegalStateException("a step of several ranks is over the batches of all");
        }
        // What a step writes, computes and reads belongs together: a second thread in between would train on this one's gradients.
        try (Device.Use _ = device.use()) {
            Tensor loss = backward(batch);
            applyUpdate();
            return loss;
        }
    }

    /**
     * Trains on several batches as on one large batch of all their rows, whatever their sizes: each batch's mean loss counts by its share of the
     * rows' weights, so that a step's gradient is the mean over its texts. Gradients are clipped after the last batch.
     *
     * @return the mean loss of each batch
     */
    public float[] run(List<Batch> batches) {
        return run(StepPart.whole(batches, task));
    }

    /** {@link #run(List)} of this rank's part of a step. */
    float[] run(StepPart part) {
        try (Device.Use _ = device.use()) {
            float[] all = new float[part.batches().size()];
            runAll(part, done -> {
                if (done % LOSSES_KEPT == 0) {
                    System.arraycopy(lastLosses(LOSSES_KEPT), 0, all, done - LOSSES_KEPT, LOSSES_KEPT);
                }
            });
            int rest = all.length % LOSSES_KEPT;
            System.arraycopy(lastLosses(rest), 0, all, all.length - rest, rest);
            return all;
        }
    }

    /**
     * {@link #run(List)} that does not wait for the losses: {@link #lastLosses} reads them, before batches that were trained on later take their place.
     */
    public void runAhead(List<Batch> batches) {
        runAhead(StepPart.whole(batches, task));
    }

    /** {@link #runAhead(List)} of this rank's part of a step. */
    void runAhead(StepPart part) {
        try (Device.Use _ = device.use()) {
            runAll(part, done -> {});
        }
    }

    /** What a batch's loss is the mean over. */
    double weight(Batch batch) {
        return task.weight(batch);
    }

    /** The mean losses of the last {@code count} batches, oldest first: of {@link #LOSSES_KEPT} at most, and of none before this step's first. */
    public float[] lastLosses(int count) {
        try (Device.Use _ = device.use()) {
            return losses.last(count);
        }
    }

    /** @param done told how many batches are done, after each */
    private void runAll(StepPart part, IntConsumer done) {
        List<Batch> batches = part.batches();
        accumulates |= part.ofSeveral();
        for (int i = 0; i < batches.size(); i++) {
            backward(batches.get(i), apart || i == 0, accumulates, (float) (task.weight(batches.get(i)) / part.weight()),
                    i == batches.size() - 1);
            done.accept(i + 1);
            if (apart && batches.size() > 1) {
                sums().add(i, batches.size());
            }
        }
        if (!ranks.isSingle()) {
            if (batches.isEmpty()) {
                // Its gradients are made when the first pass is recorded, and the update needs them.
                program(new Part(BatchShape.of(part.example()), true, accumulates));
            }
            reduce(!batches.isEmpty());
        }
        applyUpdate();
    }

    /** Sums the gradients over all ranks, or ends the sums that the last backward pass has begun. */
    private void reduce(boolean contributes) {
        if (bucketBytes == 0) {
            ranks.reduce(gradients(), contributes);
            return;
        }
        if (!contributes) {
            buckets().forEach(bucket -> ranks.begin(bucket, false));
        }
        ranks.join();
    }

    /** What is summed together while a backward pass goes on; nothing where sums come after it. */
    private List<List<Tensor>> buckets() {
        if (buckets == null) {
            buckets = bucketBytes == 0 ? List.of() : GradientBuckets.of(gradients(), bucketBytes);
        }
        return buckets;
    }

    /** Those of the parameters that are trained, in one order. */
    private List<Tensor> gradients() {
        return optimizer.parameters().values().stream().map(Parameter::grad).filter(Objects::nonNull).toList();
    }

    private GradientSums sums() {
        if (sums == null) {
            sums = new GradientSums(device, gradients());
        }
        return sums;
    }

    /** {@link Device#compilesInFirstRun} of the device. */
    boolean compilesInFirstRun() {
        return device.compilesInFirstRun();
    }

    /**
     * Records the programs of batches without running any, see {@link Device#compilesInFirstRun}.
     *
     * @param severalAStep whether a step may train on more than one batch
     */
    void prepare(Collection<Batch> batches, boolean severalAStep) {
        try (Device.Use _ = device.use()) {
            accumulates |= severalAStep;
            batches.stream().map(BatchShape::of).distinct().forEach(shape -> {
                program(new Part(shape, true, accumulates));
                if (accumulates && !apart) {
                    program(new Part(shape, false, true));
                }
            });
            update();
        }
    }

    /** {@link #run(Batch)} up to the gradients, scaled as the loss was, which may be looked at or changed before {@link #applyUpdate}. */
    public Tensor backward(Batch batch) {
        return backward(batch, true, false, 1f, false);
    }

    /**
     * @param share  by which the batch's mean loss counts; used only where it is shared
     * @param summed whether gradients are complete after it, and their sums over ranks may begin
     */
    private Tensor backward(Batch batch, boolean first, boolean shared, float share, boolean summed) {
        try (Device.Use _ = device.use()) {
            return computed(batch, first, shared, share, summed);
        }
    }

    private Tensor computed(Batch batch, boolean first, boolean shared, float share, boolean summed) {
        BatchShape shape = BatchShape.of(batch);
        Program program = program(new Part(shape, first, shared));
        StepInputs in = inputs(shape);
        in.write(batch);
        if (shared) {
            in.share().write(share);
        }
        program.start(group -> {
            if (summed) {
                ranks.begin(buckets().get(group), true);
            }
        });
        return program.output(0);
    }

    /** The rest of a step after {@link #backward}: unscales and clips the gradients, and updates weights and scale. */
    public void applyUpdate() {
        try (Device.Use _ = device.use()) {
            update().start();
        }
    }

    /** The recorded forward and backward pass for a batch shape. */
    Program program(BatchShape shape) {
        return program(new Part(shape, true, false));
    }

    /** The recorded update; gradients must have been recorded before. */
    Program update() {
        if (update == null) {
            update = Program.record(device, this::recordUpdate);
        }
        return update;
    }

    private Program program(Part part) {
        StepInputs in = inputs(part.shape);
        return programs.get(part, () -> record(in, part), this::buckets);
    }

    private StepInputs inputs(BatchShape shape) {
        return inputs.computeIfAbsent(shape, this::newInputs);
    }

    private StepInputs newInputs(BatchShape shape) {
        return new StepInputs(device, shape, task);
    }

    /**
     * What decides which launches a batch needs.
     *
     * @param first  whether its gradients are the step's first
     * @param shared whether its loss counts by a share, which is an input: one program serves batches of whatever size in steps of whatever size
     */
    private record Part(BatchShape shape, boolean first, boolean shared) {
    }

    /** How the step for a batch shape would share memory, without taking any. */
    MemoryPlan plan(BatchShape shape) {
        StepInputs in = newInputs(shape);
        return Program.plan(device, () -> record(in, new Part(shape, true, false)));
    }

    /** What training on padded batches of this shape needs; planned, not run. */
    public DeviceMemory memory(int batch, int seq) {
        return memory(new BatchShape(batch, seq));
    }

    /** What training on batches of this one's shape needs; planned, not run. */
    public DeviceMemory memory(Batch batch) {
        return memory(BatchShape.of(batch));
    }

    /** What training on batches of a shape needs; planned, not run. */
    DeviceMemory memory(BatchShape shape) {
        long activations = plan(shape).plannedBytes();
        long weights = 0;
        long gradients = 0;
        for (Parameter p : model.parameters()) {
            weights += p.data().buffer().bytes();
            // A frozen one has none.
            Tensor gradient = p.grad();
            gradients += gradient == null ? 0 : gradient.buffer().bytes();
        }
        return new DeviceMemory(weights, gradients, optimizer.state().values().stream().mapToLong(t -> t.buffer().bytes()).sum(), activations);
    }

    private List<Tensor> record(StepInputs in, Part part) {
        model.train();
        if (part.first) {
            optimizer.zeroGrad();
        }
        Variable loss;
        try (Autocast _ = precision.scope(device)) {
            loss = task.loss(task.outputs(in.bert(), in.positions()), in.labels(), in.weights());
        }
        losses.append(loss.data());
        scaler.scale(part.shared ? F.scale(loss, in.share()) : loss).backward();
        return List.of(loss.data());
    }

    private List<Tensor> recordUpdate() {
        scaler.clipAndStep(optimizer, clip);
        scaler.update();
        return List.of();
    }
}
