// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.model.SequenceClassifier;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.BatchIterator;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.run.RunOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trains for a number of epochs, scores each on the validation texts and keeps the best.
 *
 * <p>All that a step depends on is in the checkpoint, so a run that was killed and resumed gives the same numbers as one that was not.
 */
public final class Trainer {
    private final SequenceModel model;
    private final Optimizer optimizer;
    private final GradScaler scaler;
    private final TrainingStep step;
    private final StepLosses losses;
    private final LossWatch watch;
    private final Evaluator evaluator;
    private final TokenizedDataset validation;
    private final DataLoader trainLoader;
    private final DataLoader validationLoader;
    private final RunLength length;
    private final BestBy bestBy;
    private final RunOptions options;
    private final RunFolder folder;
    private final RunCheckpoints checkpoints;
    private final SkippedSteps skips;
    private final DataParallel ranks;
    private RunState state = RunState.start();
    /** Whether the model is still that of the best epoch. */
    private boolean best;
    private boolean prepared;
    /** Whether {@link #stop} was called. */
    private volatile boolean stopAsked;
    /** Whether the run stops: what all ranks agree on. */
    private boolean stopping;

    /**
     * @param step           trains {@code model} through {@code optimizer} and {@code scaler}
     * @param evaluator      scores {@code model}
     * @param tokenizerFiles saved with each checkpoint
     */
    public Trainer(SequenceModel model, Optimizer optimizer, GradScaler scaler, TrainingStep step, Evaluator evaluator, DataLoader trainLoader,
            TokenizedDataset validation, DataLoader validationLoader, RunOptions options, RunFolder folder,
            Map<String, byte[]> tokenizerFiles) {
        this(model, optimizer, scaler, step, evaluator, trainLoader, validation, validationLoader, options, folder, tokenizerFiles, DataParallel.single());
    }

    private Trainer(SequenceModel model, Optimizer optimizer, GradScaler scaler, TrainingStep step, Evaluator evaluator, DataLoader trainLoader,
            TokenizedDataset validation, DataLoader validationLoader, RunOptions options, RunFolder folder,
            Map<String, byte[]> tokenizerFiles, DataParallel ranks) {
        if (ranks.size() > options.stepBatches()) {
            throw new UsageException(options.folder().resume()
                    ? "The run takes " + options.stepBatches() + (options.stepBatches() == 1 ? " batch" : " batches") + " a step, too few for " + ranks.size()
                            + " ranks: resume it on " + options.stepBatches() + " at most."
                    : "A step of " + options.stepBatches() + " batches can't be shared by " + ranks.size() + " ranks; give --ranks " + ranks.size() + ".");
        }
        this.ranks = ranks;
        this.model = model;
        this.optimizer = optimizer;
        this.scaler = scaler;
        this.skips = new SkippedSteps(scaler);
        this.step = step;
        this.losses = new StepLosses(step, ranks);
        this.watch = new LossWatch(losses, scaler, this::diverged);
        this.evaluator = evaluator;
        this.trainLoader = trainLoader;
        this.validation = validation;
        this.validationLoader = validationLoader;
        this.options = options;
        this.folder = folder;
        this.checkpoints = new RunCheckpoints(model, optimizer, scaler, folder, tokenizerFiles, options.saving().kept(), ranks.leads());
        this.bestBy = BestBy.of(options.scoring().metric(), evaluator.task());
        this.length = RunLength.of(trainLoader.batchesPerEpoch(), options);
        optimizer.setSchedule(options.schedule().over(length.steps()), (float) options.schedule().lr());
        seedDropout();
        ranks.group().onStop(() -> stopAsked = true);
    }

    /** Each rank drops out other values: its seed is made of the run's, which the checkpoints have. */
    private void seedDropout() {
        if (!ranks.isSingle()) {
            model.random().restore(ranks.seed(model.random().seed()), model.random().counter());
        }
    }

    /**
     * A trainer at the start of a run: AdamW without decay on biases and norms, its schedule, batches, clipping and precision, all as the
     * options of training say. Those of data, model, vocabulary, device, dropout and output play no part: the other arguments are in their place.
     *
     * @param classes        names of the classes, as {@link Evaluator} takes them
     * @param tokenizerFiles saved with each checkpoint, see {@link dev.mixed.bert.pretrained.TokenizerFiles}; may be empty
     * @param device         where the model's parameters are
     * @throws IllegalArgumentException if a data set is empty, has longer texts than the options say, or a label that is none of the classes
     */
    public static <M extends SequenceModel & SequenceClassifier> Trainer of(M model, List<String> classes, TokenizedDataset train,
            TokenizedDataset validation, Map<String, byte[]> tokenizerFiles, RunOptions options, RunFolder folder, Device device) {
        return of(new ClassificationTask(model, classes), train, validation, tokenizerFiles, options, folder, device);
    }

    /** {@link #of(SequenceModel, List, TokenizedDataset, TokenizedDataset, Map, RunOptions, RunFolder, Device)} for any task. */
    public static Trainer of(Task<?> given, TokenizedDataset train, TokenizedDataset validation, Map<String, byte[]> tokenizerFiles, RunOptions options,
            RunFolder folder, Device device) {
        return of(given, train, validation, tokenizerFiles, options, folder, device, DataParallel.single());
    }

    /** {@link #of(Task, TokenizedDataset, TokenizedDataset, Map, RunOptions, RunFolder, Device)} as one of several ranks. */
    static Trainer of(Task<?> given, TokenizedDataset train, TokenizedDataset validation, Map<String, byte[]> tokenizerFiles, RunOptions options,
            RunFolder folder, Device device, DataParallel ranks) {
        UsableTexts.require("train", train, given, options);
        UsableTexts.require("validation", validation, given, options);
        if (options.batches().isAuto()) {
            return of(given, train, validation, tokenizerFiles, AutoBatch.decided(given, train, options, device, note -> {}, ranks), folder, device,
                    ranks);
        }
        Task<?> task = given.with(LossForm.of(options.loss(), given, train.targets()));
        SequenceModel model = task.model();
        RunModel.checkpointing(model, options);
        Optimizer optimizer = RunOptimizer.of(model, options);
        Precision precision = options.compute().precision();
        GradScaler scaler = precision.scaler(device);
        TrainingStep step = new TrainingStep(task, optimizer, (float) options.optimizer().clip(), device, precision, scaler, ranks);
        LengthBuckets buckets = LengthBuckets.of(RunModel.pad(model, options, device), options.batches().length(), device);
        return new Trainer(model, optimizer, scaler, step, new Evaluator(new PredictionStep(task, device, precision), task, ranks),
                DataLoader.shuffled(train, options.batches().size(), buckets, options.compute().seed(),
                        (data, indices, rows, seq, epoch) -> task.batch(data, indices, rows, seq, epoch + 1)),
                validation,
                DataLoader.sequential(validation, options.batches().size(), buckets, task::batch), options, folder, tokenizerFiles, ranks);
    }

    /** Saves with each checkpoint what the model is trained on, so that it is not scored on what it has learned. */
    public void record(TrainingData trained) {
        checkpoints.record(trained);
    }

    /** Takes up the last checkpoint of this run, from its folder. A {@link UserException} where there is none, or one of another run or model. */
    public void resume() {
        folder.recover();
        try (Checkpoint checkpoint = Checkpoint.openModule(folder.last())) {
            resume(checkpoint);
        }
    }

    private void resume(Checkpoint checkpoint) {
        state = Resumption.load(checkpoint, length, options, folder, model, optimizer, scaler);
        checkpoints.resumedAt(state.step());
        seedDropout();
    }

    /** Whether a checkpoint is being saved. */
    boolean saving() {
        return checkpoints.saving();
    }

    /** Steps done so far. */
    public long stepsDone() {
        return state.step();
    }

    /** Steps of the whole run. */
    public int totalSteps() {
        return length.steps();
    }

    /** Steps that the whole run would have if it were as long as other options say. */
    public int totalSteps(RunOptions other) {
        return RunLength.of(trainLoader.batchesPerEpoch(), other).steps();
    }

    /** Epochs of the whole run; it may end within the last one. */
    public int totalEpochs() {
        return length.epochs();
    }

    /** Epochs after so many steps, with a fraction within one. */
    public double epochsAt(long steps) {
        long whole = steps / length.epochSteps();
        long batches = Math.min(length.epochBatches(), steps % length.epochSteps() * options.stepBatches());
        return whole + (double) batches / length.epochBatches();
    }

    /** The epoch with the best validation score, 1 for the first; 0 before the first score. */
    public int bestEpoch() {
        return state.bestEpoch();
    }

    /** Steps done when the validation score was best; 0 before the first score. */
    public long bestStep() {
        return state.bestStep();
    }

    /**
     * Trains what is left of the run. Afterwards the best epoch's model is in the run's folder.
     *
     * @return whether the run is complete; false after {@link #stop}, with a checkpoint from which {@link #resume} goes on with the same numbers
     * @throws UserException where a checkpoint can't be saved, numbers became none, or mixed precision had to leave out the last epoch's steps: then the
     *                       checkpoints are the last good ones
     */
    public boolean run(TrainingListener listener) {
        boolean complete = runAhead(listener);
        awaitSaved();
        return complete;
    }

    /**
     * {@link #run}, but the last checkpoints may still be on their way to the disk when it returns true: {@link #awaitSaved} waits for them. What does
     * not read them may go on meanwhile.
     */
    public boolean runAhead(TrainingListener listener) {
        try {
            boolean complete = train(listener);
            if (complete) {
                skips.requireTrained(state.step(), length.epochSteps());
            } else {
                awaitSaved();
            }
            return complete;
        } catch (RuntimeException | Error e) {
            try {
                awaitSaved();
            } catch (RuntimeException | Error later) {
                e.addSuppressed(later);
            }
            throw e;
        }
    }

    /** Waits until the checkpoints are saved; a {@link UserException} where one can't be. */
    public void awaitSaved() {
        checkpoints.await();
    }

    private boolean train(TrainingListener listener) {
        while (!stoppedEarly() && (state.step() < length.steps() || scoringDue())) {
            listener.epochStarted(state.epoch() + 1, length.stepsIn(state.epoch()), length.stepsOf(state.batch()));
            prepare();
            BatchIterator batches = trainLoader.epoch(state.epoch(), state.batch());
            while (batches.hasNext() && !scoringDue() && !stopping) {
                checkpoints.check();
                if (trainOn(batches, listener)) {
                    checkpoints.prepare();
                    if (saveDue() && !scoringDue()) {
                        save();
                    }
                }
            }
            boolean scoring = scoringDue();
            if (scoring && !score(listener) || !scoring && stopping && state.batch() < trainLoader.batchesPerEpoch()) {
                if (!checkpoints.has(state.step())) {
                    save();
                }
                return false;
            }
            if (!scoring) {
                readLosses();
                listener.epochTrained();
                state.epochDone();
            }
        }
        return true;
    }

    private void prepare() {
        if (prepared || !step.compilesInFirstRun()) {
            return;
        }
        prepared = true;
        int each = options.stepBatches();
        ProgramsAhead.record(step, trainLoader.epoch(state.epoch(), state.batch()), (length.steps() - state.step()) * each, each > 1, evaluator,
                validationLoader.iterator());
    }

    private boolean scoringDue() {
        int every = options.scoring().evalSteps();
        return state.step() > state.scoredStep() && (state.step() == length.steps()
                || (every > 0 ? state.step() % every == 0 : state.batch() == trainLoader.batchesPerEpoch()));
    }

    /** Whether training has ended before its last step, for want of better scores. */
    public boolean stoppedEarly() {
        return options.scoring().patience() > 0 && state.withoutGain() >= options.scoring().patience();
    }

    private boolean saveDue() {
        return options.saving().saveEvery() > 0 && state.step() % options.saving().saveEvery() == 0;
    }

    /**
     * Ends {@link #run}, from any thread such as that of a signal: it finishes the step that it is in, breaks off the scoring of an epoch, and saves
     * a checkpoint.
     */
    public void stop() {
        if (ranks.leads()) {
            stopAsked = true;
        } else {
            ranks.group().requestStop();
        }
    }

    /** Trains on the batches of the next step; false where the run stops before it. */
    private boolean trainOn(BatchIterator batches, TrainingListener listener) {
        Optional<DealtStep> dealt = ranks.isSingle() && stopAsked ? Optional.empty()
                : DealtStep.next(batches, options.stepBatches(), trainLoader.batchesPerEpoch() - state.batch(), ranks, losses, () -> stopAsked);
        if (dealt.isEmpty()) {
            stopping = true;
            return false;
        }
        best = false;
        train(dealt.get(), listener);
        return true;
    }

    private void train(DealtStep dealt, TrainingListener listener) {
        int count = dealt.count();
        if (!losses.haveRoomFor(count)) {
            readLosses();
        }
        float scale = listener.readsGradients() && scaler.isEnabled() ? scaler.getScale() : 1f;
        losses.train(state.step() + 1, dealt.part(), dealt.agreed().weights());
        state.stepDone(count);
        if (count % ranks.size() != 0) {
            // A rank with fewer batches has drawn fewer random numbers; rank 0's count is in the checkpoints.
            model.random().restore(model.random().seed(), ranks.fromFirst(model.random().counter()));
        }
        StepLog log = StepLog.of(state, length, options.saving().logEvery());
        if (log.shown() || losses.due()) {
            readLosses();
        }
        listener.step(dealt.agreed().texts(), state.meanLoss());
        if (log.logged()) {
            listener.logged(state.step(), epochs(), state.takeWindowLoss(), optimizer.currentLearningRate(), skips.lossScale(log.window()));
            if (listener.readsGradients()) {
                StepGradients.tell(model, state.step(), scale, listener);
            }
        }
    }

    private void readLosses() {
        watch.read(state);
    }

    private void save() {
        readLosses();
        checkpoints.save(state, best);
    }

    /** @param what happened, as the start of a sentence; the same options would lead there again, so resuming is no remedy */
    private UserException diverged(String what) {
        return new UserException(
                what + ": start a new run with a lower --lr (now " + options.schedule().lr() + ") or --clip (now " + options.optimizer().clip() + ")"
                        + (scaler.isEnabled() ? ", or with --fp32" : "") + "; "
                        + checkpoints.lastGood());
    }

    /** Scores the model and saves it; false if {@link #stop} came first. */
    private boolean score(TrainingListener listener) {
        readLosses();
        listener.epochTrained();
        skips.requireHope(LossWatch.MOST_LOST);
        LossScale lossScale = skips.lossScale((int) (state.step() - state.scoredStep()));
        double trainLoss = state.meanLoss();
        // Whatever the scores are, this step's checkpoint is saved next: what is known of it goes to the disk meanwhile.
        checkpoints.begin(state.step());
        Optional<Evaluation> evaluation;
        try {
            evaluation = evaluator.tune(validation, validationLoader, texts -> requireGoingOn());
        } catch (Stopped e) {
            stopping = true;
            return false;
        } catch (NonFiniteException e) {
            throw diverged((state.batch() == trainLoader.batchesPerEpoch() ? "After epoch " + (state.epoch() + 1) : "After step " + state.step())
                    + ", the model's output for validation text " + (e.index() + 1) + " is no number");
        }
        requireSameWeights();
        String scored = ranks.fromFirst(stopAsked && !ranks.isSingle() ? "" : evaluation.map(e -> bestBy.score(e) + " " + bestBy.name(e)).orElse(""));
        if (scored.isEmpty()) {
            stopping = true;
            return false;
        }
        double score = Double.parseDouble(scored.substring(0, scored.indexOf(' ')));
        if (state.batch() == trainLoader.batchesPerEpoch()) {
            state.epochDone();
        }
        best = state.scored(scored.substring(scored.indexOf(' ') + 1), score, options.scoring().threshold());
        evaluation.ifPresent(e -> listener.epochScored(new EpochResult(epochs(), state.step(), trainLoss, e, best, lossScale)));
        save();
        return true;
    }

    /** Ranks whose weights have come apart would go on to train several models, and save one. */
    private void requireSameWeights() {
        ranks.requireSame(Map.of("weights after step " + state.step(), ranks.isSingle() ? "" : WeightsChecksum.of(model)));
    }

    /** Epochs done, with a fraction within one. */
    private double epochs() {
        return state.epoch() + (double) state.batch() / trainLoader.batchesPerEpoch();
    }

    private void requireGoingOn() {
        if (stopAsked && ranks.isSingle()) {
            throw new Stopped();
        }
    }

    /** Breaks off the scoring of an epoch. */
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Whether the model is that of the best epoch, as this trainer has trained it: no checkpoint needs to be read to have it. */
    boolean holdsBest() {
        return best;
    }

    /** Name of the score by which the best model is chosen. */
    public String bestScore(Evaluation evaluation) {
        return bestBy.name(evaluation);
    }

    /** Names of the scores that are shown of each scoring: those that the task follows, and the one that decides. */
    public List<String> shownScores() {
        return bestBy.shown(evaluator.task());
    }

    /** Scores the model, as it scores each epoch. */
    Evaluator evaluator() {
        return evaluator;
    }
}
