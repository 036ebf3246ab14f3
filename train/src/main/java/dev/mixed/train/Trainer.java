// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.amp.SkippedUpdates;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.LinearSchedule;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.SequenceClassifier;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.ModuleFile;
import dev.mixed.engine.Device;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.checkpoint.CheckpointContents;
import dev.mixed.train.checkpoint.CheckpointFolder;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.checkpoint.TrainingState;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.run.RunOptions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Trains for a number of epochs, scores each on the validation texts and keeps the best.
 *
 * <p>All that a step depends on is in the checkpoint, so a run that was killed and resumed gives the same numbers as one that was not.
 */
public final class Trainer {
    /** So many losses in a row that are no numbers end a run in mixed precision: by then the scale is down by a factor of a million. */
    private static final int LOSSES_LOST = 20;

    private final SequenceClassifier model;
    private final Optimizer optimizer;
    private final GradScaler scaler;
    private final TrainingStep step;
    private final Evaluator evaluator;
    private final TokenizedDataset validation;
    private final DataLoader trainLoader;
    private final DataLoader validationLoader;
    private final LinearSchedule schedule;
    private final RunOptions options;
    private final RunFolder folder;
    private final Map<String, byte[]> tokenizerFiles;
    /** What the model is trained on, for its checkpoints; empty where that is not known. */
    private Optional<TrainingData> data = Optional.empty();
    private RunState state = RunState.start();
    private int lossesLost;

    /**
     * @param step           trains {@code model} through {@code optimizer} and {@code scaler}
     * @param evaluator      scores {@code model}
     * @param tokenizerFiles saved with each checkpoint
     */
    public Trainer(SequenceClassifier model, Optimizer optimizer, GradScaler scaler, TrainingStep step, Evaluator evaluator, DataLoader trainLoader,
            TokenizedDataset validation, DataLoader validationLoader, RunOptions options, RunFolder folder,
            Map<String, byte[]> tokenizerFiles) {
        this.model = model;
        this.optimizer = optimizer;
        this.scaler = scaler;
        this.step = step;
        this.evaluator = evaluator;
        this.trainLoader = trainLoader;
        this.validation = validation;
        this.validationLoader = validationLoader;
        this.options = options;
        this.folder = folder;
        this.tokenizerFiles = tokenizerFiles;
        int total = Math.multiplyExact(steps(trainLoader.batchesPerEpoch()), options.epochs());
        this.schedule = new LinearSchedule((int) Math.round(total * options.warmup()), total);
        optimizer.setSchedule(schedule, (float) options.lr());
    }

    /**
     * A trainer at the start of a run: AdamW with a linear schedule and no decay on biases and norms, batches, clipping and precision, all as the
     * options of training say. Those of data, model, vocabulary, device, dropout and output play no part: the other arguments are in their place.
     *
     * @param classes        names of the classes, as {@link Evaluator} takes them
     * @param tokenizerFiles saved with each checkpoint, see {@link dev.mixed.bert.pretrained.TokenizerFiles}; may be empty
     * @param device         where the model's parameters are
     * @throws IllegalArgumentException if a data set is empty, has longer texts than the options say, or a label that is none of the classes
     */
    public static Trainer of(SequenceClassifier model, List<String> classes, TokenizedDataset train, TokenizedDataset validation,
            Map<String, byte[]> tokenizerFiles, RunOptions options, RunFolder folder, Device device) {
        requireUsable("train", train, classes, options);
        requireUsable("validation", validation, classes, options);
        Optimizer optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), (float) options.weightDecay()),
                (float) options.lr());
        Precision precision = options.precision();
        GradScaler scaler = precision.scaler(device);
        TrainingStep step = new TrainingStep(model, optimizer, (float) options.clip(), device, precision, scaler);
        LengthBuckets buckets = LengthBuckets.of(options.pad(), options.length());
        return new Trainer(model, optimizer, scaler, step, new Evaluator(new PredictionStep(model, device, precision), classes),
                DataLoader.shuffled(train, options.batch(), buckets, options.seed()), validation,
                DataLoader.sequential(validation, options.batch(), buckets), options, folder, tokenizerFiles);
    }

    private static void requireUsable(String split, TokenizedDataset texts, List<String> classes, RunOptions options) {
        if (texts.size() == 0) {
            throw new IllegalArgumentException("there is no " + split + " text; give one at least");
        }
        if (texts.maxLength() > options.length()) {
            throw new IllegalArgumentException("the " + split + " texts have up to " + texts.maxLength() + " tokens, more than the " + options.length()
                    + " of the option 'length'");
        }
        texts.requireLabels(classes.size());
    }

    /** Saves with each checkpoint what the model is trained on, so that it is not scored on what it has learned. */
    public void record(TrainingData trained) {
        data = Optional.of(trained);
    }

    /** Takes up the last checkpoint of this run, from its folder. A {@link UserException} where there is none, or one of another run or model. */
    public void resume() {
        folder.recover();
        try (Checkpoint checkpoint = Checkpoint.openModule(folder.last())) {
            resume(checkpoint);
        }
    }

    private void resume(Checkpoint checkpoint) {
        TrainingState saved = checkpoint.state().orElseThrow(() -> new UserException("'" + checkpoint.model().folder()
                + "' holds a model but no training state to resume from; use --model to start a new run from it."));
        if (saved.step() != (long) saved.epoch() * steps(trainLoader.batchesPerEpoch()) + steps(saved.batch())) {
            throw new UserException("'" + checkpoint.model().folder() + "' was saved after " + saved.step() + " steps, which is not " + saved.epoch()
                    + " epochs of "
                    + trainLoader.batchesPerEpoch() + " batches and " + saved.batch() + " more; resume with the training texts that the run was started with.");
        }
        ModuleFile.load(checkpoint.model().weights(), model);
        OptimizerState.load(checkpoint, optimizer);
        ScalerState.load(saved.extra(), saved.step(), scaler, optimizer);
        model.random().restore(random(checkpoint, saved, "seed"), random(checkpoint, saved, "counter"));
        state = RunState.from(saved);
    }

    private static long random(Checkpoint checkpoint, TrainingState saved, String name) {
        Long number = saved.random().get(name);
        if (number == null) {
            throw new UserException("The training state in '" + checkpoint.model().folder() + "' must have a whole number as 'random." + name
                    + "'; restore the file or use another checkpoint.");
        }
        return number;
    }

    /** Optimizer steps for so many batches of an epoch. */
    private int steps(long batches) {
        return Math.toIntExact(Math.ceilDiv(batches, options.accumulate()));
    }

    /** Steps done so far. */
    public long stepsDone() {
        return state.step();
    }

    /** Steps of the whole run. */
    public int totalSteps() {
        return schedule.totalSteps();
    }

    /** The epoch with the best validation score, 1 for the first; 0 if none is complete. */
    public int bestEpoch() {
        return state.bestEpoch();
    }

    /** Trains what is left of the run. Afterwards the best epoch's model is in the run's folder. */
    public void run(TrainingListener listener) {
        while (state.epoch() < options.epochs()) {
            listener.epochStarted(state.epoch() + 1, steps(trainLoader.batchesPerEpoch()), steps(state.batch()));
            Iterator<Batch> batches = trainLoader.epoch(state.epoch(), state.batch());
            while (batches.hasNext()) {
                trainOn(next(batches), listener);
                if (options.saveEvery() > 0 && state.step() % options.saveEvery() == 0 && batches.hasNext()) {
                    saveLast();
                }
            }
            listener.epochTrained();
            endEpoch(listener);
        }
    }

    /** The batches of the next step. */
    private List<Batch> next(Iterator<Batch> batches) {
        List<Batch> group = new ArrayList<>();
        while (batches.hasNext() && group.size() < options.accumulate()) {
            group.add(batches.next());
        }
        return group;
    }

    private void trainOn(List<Batch> group, TrainingListener listener) {
        int texts = 0;
        for (int i = 0; i < group.size(); i++) {
            Batch batch = group.get(i);
            addLoss(step.run(batch, i, group.size()).item(), batch.realCount());
            texts += batch.realCount();
        }
        state.stepDone(group.size());
        listener.step(texts, state.meanLoss());
        if (state.step() % options.logEvery() == 0) {
            listener.logged(state.step(), state.epoch() + (double) state.batch() / trainLoader.batchesPerEpoch(), state.takeWindowLoss(),
                    optimizer.currentLearningRate(), lossScale(options.logEvery()));
        }
    }

    private void addLoss(float loss, int texts) {
        if (Float.isFinite(loss)) {
            lossesLost = 0;
            state.addLoss(loss, texts);
        } else if (!scaler.isEnabled() || ++lossesLost == LOSSES_LOST) {
            throw new UserException("The loss became " + loss + " in step " + (state.step() + 1) + "; lower --lr (now " + options.lr()
                    + ") or --clip (now " + options.clip() + ")" + (scaler.isEnabled() ? ", try --fp32" : "") + ", or resume from the last checkpoint.");
        }
        // Else an activation overflowed in half, and the scaler leaves the step out.
    }

    /** How the loss is scaled and what was skipped in the last {@code steps} steps; null where it is not scaled. */
    private @Nullable LossScale lossScale(int steps) {
        if (!scaler.isEnabled()) {
            return null;
        }
        SkippedUpdates skipped = scaler.skippedUpdates();
        return new LossScale(scaler.getScale(), skipped.skips(), skipped.after(skipped.updates() - steps));
    }

    private void endEpoch(TrainingListener listener) {
        LossScale lossScale = lossScale(steps(state.batch()));
        double trainLoss = state.meanLoss();
        Evaluation evaluation = evaluator.evaluate(validation, validationLoader, texts -> {});
        boolean best = state.epochDone(evaluation.metrics().macroF1());
        listener.epochScored(new EpochResult(state.epoch(), state.step(), trainLoss, evaluation, best, lossScale));
        if (best) {
            CheckpointFolder.save(folder.best(), CheckpointContents.ofModel(ModelState.contents(model, tokenizerFiles), data));
        }
        saveLast();
    }

    private void saveLast() {
        CheckpointFolder.save(folder.last(), new CheckpointContents(ModelState.contents(model, tokenizerFiles), data,
                Optional.of(state.toTrainingState(model.random(), ScalerState.save(scaler, optimizer))), OptimizerState.sources(optimizer)));
    }
}
