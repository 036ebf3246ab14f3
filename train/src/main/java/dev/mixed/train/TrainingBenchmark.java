// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.KernelTime;
import dev.mixed.engine.MemoryPlan;
import dev.mixed.engine.Program;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Batch;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Times training steps, or forward passes, on random tokens: every row is as long as the batch, so that all arithmetic counts. */
public final class TrainingBenchmark {
    /**
     * What was measured.
     *
     * @param firstStepSeconds time of the first step, recording included
     * @param millis           time of each step after the warm-up, in ms, in order
     * @param parameters       number of trainable numbers
     * @param plan             how a training step's activations share memory; null where only forward passes ran
     */
    public record Result(double firstStepSeconds, double[] millis, long parameters, @Nullable MemoryPlan plan) {
        /** Median time of a step in ms. */
        public double medianMillis() {
            double[] sorted = millis.clone();
            Arrays.sort(sorted);
            int n = sorted.length;
            return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
        }
    }

    private static final int PROFILE_ROUNDS = 5;
    /** A scale that is halved so often has come from the largest float to the smallest. */
    private static final int MOST_SKIPS = 256;
    private static final long WARMUP_NANOS = 5_000_000_000L;

    private final BertForSequenceClassification model;
    private final Device device;
    private final Precision precision;
    private final AdamW optimizer;
    private final Batch batch;
    private final DataParallel ranks;

    /**
     * @param config        decides the model; its dropout is active in training steps
     * @param batch         what each step trains on, see {@link #randomBatch}
     * @param checkpointing whether the backward pass computes layers again
     * @param ranks         each trains on such a batch
     */
    public TrainingBenchmark(BertConfig config, Device device, Batch batch, long seed, Precision precision, boolean checkpointing, DataParallel ranks) {
        this.ranks = ranks;
        this.model = new BertForSequenceClassification(config, device, seed);
        model.gradientCheckpointing(checkpointing);
        this.device = device;
        this.precision = precision;
        this.optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), 0.01f), 1e-4f);
        this.batch = batch;
    }

    /** Forward, backward, clipping and AdamW. A {@link UserException} where the loss is no number. */
    public Result training(int warmup, int steps) {
        TrainingStep step = step(precision);
        if (ranks.size() == 1) {
            return measure(() -> requireFinite("loss", step.run(batch).item()), warmup, WARMUP_NANOS, steps, () -> step.program(BatchShape.of(batch)).plan());
        }
        StepPart part = new StepPart(List.of(batch), ranks.size() * step.weight(batch), true, batch);
        // Ranks take the same number of steps, however long they are.
        return measure(() -> requireFinite("loss", step.run(part)[0]), warmup, 0, steps, () -> step.program(BatchShape.of(batch)).plan());
    }

    private TrainingStep step(Precision of) {
        return step(of, of.scaler(device));
    }

    private TrainingStep step(Precision of, GradScaler scaler) {
        return new TrainingStep(ClassificationTask.unnamed(model), optimizer, 1f, device, of, scaler, ranks);
    }

    /** What a training step needs in a precision; planned, not run. */
    public DeviceMemory memory(Precision of) {
        return step(of).memory(batch);
    }

    /**
     * A training step kernel by kernel, slowest first; the model is of no use afterwards. A {@link UserException} where the loss is no number, or gradients
     * overflow whatever the scale.
     */
    public List<KernelTime> profile() {
        return profile(precision.scaler(device));
    }

    List<KernelTime> profile(GradScaler scaler) {
        TrainingStep step = step(precision, scaler);
        runUntilTaken(step, scaler);
        Map<String, KernelTime> both = new LinkedHashMap<>();
        // The update comes first: it would be skipped after kernels of the passes, which leave gradients that are no numbers where each is run by itself.
        for (Program program : List.of(step.update(), step.program(BatchShape.of(batch)))) {
            for (KernelTime t : device.profile(program, PROFILE_ROUNDS)) {
                both.merge(t.kernel(), t, (a, b) -> new KernelTime(a.kernel(), a.launches() + b.launches(), a.millis() + b.millis()));
            }
        }
        return both.values().stream().sorted(Comparator.comparingDouble(KernelTime::millis).reversed()).toList();
    }

    /** A step that overflows writes no weights: its update would be timed at doing nothing. */
    private void runUntilTaken(TrainingStep step, GradScaler scaler) {
        for (int i = 0; i < MOST_SKIPS; i++) {
            requireFinite("loss", step.run(batch).item());
            if (!scaler.foundInf(optimizer)) {
                return;
            }
        }
        throw new UserException("The model's gradients overflow at every loss scale, so its update can't be timed; choose another size, or --fp32.");
    }

    /** Forward passes without dropout. A {@link UserException} where the output is no number. */
    public Result inference(int warmup, int steps) {
        PredictionStep step = new PredictionStep(model, device, precision);
        return measure(() -> requireFinite("output", step.logits(batch)[0]), warmup, WARMUP_NANOS, steps, () -> null);
    }

    /** Arithmetic on NaN is timed by no one. */
    private void requireFinite(String what, float value) {
        if (!Float.isFinite(value)) {
            throw new UserException("The model's " + what + " has become " + value + (precision == Precision.FP32 ? "" : " in half precision")
                    + ", so the times mean nothing; choose another size" + (precision == Precision.FP32 ? "." : ", or --fp32."));
        }
    }

    private Result measure(Runnable step, int warmup, long warmupNanos, int steps, Supplier<@Nullable MemoryPlan> plan) {
        double first = millis(step) / 1000;
        long start = System.nanoTime();
        // Few steps of a small model pass before the JIT compiler is done.
        for (int i = 1; i < warmup || System.nanoTime() - start < warmupNanos; i++) {
            step.run();
        }
        double[] millis = new double[steps];
        for (int i = 0; i < steps; i++) {
            millis[i] = millis(step);
        }
        return new Result(first, millis, model.parameterCount(), plan.get());
    }

    private static double millis(Runnable step) {
        long start = System.nanoTime();
        step.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** Rows of random tokens, none of them padding, with random labels; a {@link UserException} where the model can't take as many. */
    public static Batch randomBatch(BertConfig config, int batch, int length, long seed) {
        BatchShape.require(config, batch, length);
        SplittableRandom random = new SplittableRandom(seed);
        int[] ids = random.ints((long) batch * length, 0, config.vocabSize()).toArray();
        int[] mask = new int[ids.length];
        Arrays.fill(mask, 1);
        float[] weights = new float[batch];
        Arrays.fill(weights, 1f);
        int[] rows = new int[batch];
        Arrays.setAll(rows, i -> i);
        return new Batch(batch, length, batch, ids, mask, new int[ids.length], random.ints(batch, 0, config.numLabels()).toArray(), weights, rows);
    }

    /** Updates that were taken so far. */
    int stepsTaken() {
        return optimizer.stepCount();
    }
}
