// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.GradScaler;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.HostCopies;
import dev.mixed.bert.pretrained.ModelContents;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.engine.Tensor;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.CheckpointContents;
import dev.mixed.train.checkpoint.CheckpointSaver;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.TrainingData;
import dev.mixed.weights.TensorSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The checkpoints of a run: what they hold is copied, and saved while training goes on. */
final class RunCheckpoints {
    private final SequenceModel model;
    private final Optimizer optimizer;
    private final GradScaler scaler;
    private final RunFolder folder;
    private final Map<String, byte[]> tokenizerFiles;
    private final CheckpointSaver saver;
    /** Whether this process saves, rather than another that trains the same model. */
    private final boolean saves;
    /** Empty once the JVM would not give the memory: then saves are waited for. */
    private Optional<HostCopies> copies = Optional.of(new HostCopies());
    private boolean prepared;
    private Optional<TrainingData> data = Optional.empty();
    /** Steps of the checkpoint that was made last, saved or being saved; -1 before the first. */
    private long keptStep = -1;

    /**
     * @param tokenizerFiles saved with each checkpoint
     * @param keep           checkpoints to keep, as {@link CheckpointSaver} has it
     * @param saves          false only keeps count of them: another process saves the same
     */
    RunCheckpoints(SequenceModel model, Optimizer optimizer, GradScaler scaler, RunFolder folder, Map<String, byte[]> tokenizerFiles, int keep, boolean saves) {
        this.saves = saves;
        this.model = model;
        this.optimizer = optimizer;
        this.scaler = scaler;
        this.folder = folder;
        this.tokenizerFiles = tokenizerFiles;
        this.saver = new CheckpointSaver(folder, keep);
    }

    /** Saves with each what the model is trained on. */
    void record(TrainingData trained) {
        data = Optional.of(trained);
    }

    /** The run goes on from its last checkpoint, made after so many steps. */
    void resumedAt(long step) {
        keptStep = step;
        saver.resumedAt(step);
    }

    /**
     * Takes the memory for copies before they are made, on a thread of its own: systems may be slow to give it. To be called when the step's programs have
     * theirs; without effect where little is left for others.
     */
    void prepare() {
        if (!prepared && saves) {
            prepared = true;
            List<Map<String, Tensor>> tensors = List.of(model.stateDict(), optimizer.state());
            copies.ifPresent(room -> Thread.ofPlatform().name("mixed-copies").daemon().start(() -> room.reserve(tensors)));
        }
    }

    /**
     * Copies the optimizer's moments and begins to write them for the checkpoint that {@link #save} is to make of the same step: they are most of it, and
     * scoring does not change them. Nothing is begun while the checkpoint before is still being saved, for which scoring would have to wait. {@link #await}
     * before {@link #save} removes what was written.
     *
     * @throws UserException where the one before could not be saved
     */
    void begin(long step) {
        // Of a step that has its checkpoint, a run that is stopped again saves no other.
        if (!saves || copies.isEmpty() || has(step) || saver.saving()) {
            return;
        }
        saver.await();
        try {
            long weights = model.stateDict().values().stream().mapToLong(tensor -> (long) Float.BYTES * tensor.shape().elements()).sum();
            List<TensorSource> moments = copies.get().of(optimizer.state());
            saver.begin(step, moments, weights + moments.stream().mapToLong(TensorSource::byteSize).sum());
        } catch (OutOfMemoryError e) {
            copies = Optional.empty();
        }
    }

    /** Whether a checkpoint is being saved. */
    boolean saving() {
        return saver.saving();
    }

    /**
     * Begins to save a checkpoint, after the one before, or goes on with what {@link #begin} has begun; returns when it has copies of all that is to be saved.
     *
     * @param best whether the model is the best up to now, to be saved as such too
     * @throws UserException where the one before can't be saved, or a parameter is no number
     */
    void save(RunState state, boolean best) {
        if (!saves) {
            keptStep = state.step();
            return;
        }
        Optional<List<TensorSource>> begun = saver.begun(state.step());
        if (begun.isEmpty()) {
            // The room for copies is in use until then.
            saver.await();
        }
        if (copies.isPresent()) {
            try {
                HostCopies room = copies.get();
                ModelContents parameters = ModelState.contents(model, tokenizerFiles, room);
                saver.start(contents(state, parameters, begun.orElseGet(() -> room.of(optimizer.state()))), best);
                keptStep = state.step();
                return;
            } catch (OutOfMemoryError e) {
                copies = Optional.empty();
            }
        }
        saver.start(contents(state, ModelState.contents(model, tokenizerFiles), OptimizerState.sources(optimizer)), best);
        saver.await();
        keptStep = state.step();
    }

    private CheckpointContents contents(RunState state, ModelContents parameters, List<TensorSource> moments) {
        return new CheckpointContents(parameters, data, Optional.of(state.toTrainingState(model.random(), ScalerState.save(scaler, optimizer))), moments);
    }

    /** Whether the checkpoint of so many steps was made. */
    boolean has(long step) {
        return keptStep == step;
    }

    /** Throws, without waiting, what made the latest save fail, once. */
    void check() {
        saver.check();
    }

    /** Waits until all are saved; a {@link UserException} where one can't be. */
    void await() {
        saver.await();
    }

    /** What there is to fall back on, as the end of a sentence; waits until it is saved. */
    String lastGood() {
        try {
            saver.await();
        } catch (UserException e) {
            // The one before is still there.
        }
        long step = saver.savedStep();
        return step < 0 ? "no checkpoint was saved before." : "the checkpoint of step " + step + " in '" + folder.last() + "' is a good one.";
    }
}
