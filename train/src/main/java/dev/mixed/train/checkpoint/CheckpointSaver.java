// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.bert.pretrained.SavedWeights;
import dev.mixed.engine.Background;
import dev.mixed.io.Disk;
import dev.mixed.weights.TensorSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Saves a run's checkpoints on a thread of its own while training goes on, one after the other. What it saves must not change until it is saved: whoever
 * is to make the next contents waits for it first, by {@link #await}.
 *
 * <p>Each checkpoint is as safe as one that {@link CheckpointFolder} saves: at any moment the folder holds a whole one, the previous or the new. What
 * makes a save fail is thrown on the thread that asks next.
 */
public final class CheckpointSaver {
    private final RunFolder folder;
    private final int keep;
    private final Disk disk;
    private volatile @Nullable Begun begun;
    private volatile @Nullable Background<Boolean> pending;
    private volatile long savedStep = -1;

    public CheckpointSaver(RunFolder folder) {
        this(folder, 1, Disk.REAL);
    }

    /** @param keep checkpoints to keep beside the best: the last alone if it is 1, else as many under their steps too */
    public CheckpointSaver(RunFolder folder, int keep) {
        this(folder, keep, Disk.REAL);
    }

    /** @param disk does the writing */
    CheckpointSaver(RunFolder folder, Disk disk) {
        this(folder, 1, disk);
    }

    CheckpointSaver(RunFolder folder, int keep, Disk disk) {
        this.folder = folder;
        this.keep = keep;
        this.disk = disk;
    }

    /** A checkpoint of a step, whose moments are being written. */
    private record Begun(long step, List<TensorSource> moments, Background<BegunCheckpoint> save) {
    }

    /**
     * Begins to write the moments of a run's next checkpoint while the rest of it is not known yet, after waiting for the one before. Of itself that saves
     * nothing: {@link #start} of the same step completes it, and {@link #await} before that removes it again.
     *
     * @param moments as in {@link CheckpointContents}; must stay as they are until the checkpoint is saved
     * @param bytes   of all tensors of the checkpoint
     * @throws RuntimeException what made the save before fail
     */
    public void begin(long step, List<TensorSource> moments, long bytes) {
        await();
        begun = new Begun(step, moments, Background.begin("mixed-checkpoint-moments",
                () -> BegunCheckpoint.begin(first(step), Optional.of(moments), bytes, disk)));
    }

    /** The moments with which the checkpoint of a step was begun; empty where none is begun, or that of another step. */
    public Optional<List<TensorSource>> begun(long step) {
        Begun early = begun;
        return early != null && early.step == step ? Optional.of(early.moments) : Optional.empty();
    }

    /** Where a checkpoint is saved first, but for the best. Several are kept: before the last, as a run that is killed in between does this step again. */
    private Path first(long step) {
        return keep > 1 ? folder.kept(step) : folder.last();
    }

    /**
     * Begins to save a run's last checkpoint, after waiting for the one before; one that was {@linkplain #begin begun} is completed.
     *
     * @param contents must have a training state, and stay as they are until they are saved
     * @param best     whether the model is the best up to now: then it is saved as that first, see {@link RunFolder}
     * @throws RuntimeException what made the save before fail
     */
    public void start(CheckpointContents contents, boolean best) {
        long step = contents.state().orElseThrow().step();
        Begun early = begun;
        Supplier<BegunCheckpoint> last;
        if (early != null && early.step == step) {
            begun = null;
            last = early.save::join;
        } else {
            last = () -> BegunCheckpoint.begin(first(step), Optional.of(contents.stateTensors()), contents.tensorBytes(), disk);
        }
        await();
        pending = Background.begin("mixed-checkpoint", () -> {
            save(contents, best, last);
            return true;
        });
    }

    private void save(CheckpointContents contents, boolean best, Supplier<BegunCheckpoint> last) {
        if (!best) {
            save(contents, Optional::empty, last.get());
            return;
        }
        // Optimizer state is twice as large as the model: both are written at once. The last checkpoint counts only after the best, whose weights it shares.
        Background<SavedWeights> model = Background.begin("mixed-checkpoint-best",
                () -> CheckpointFolder.save(folder.best(), CheckpointContents.ofModel(contents.model(), contents.data()), Optional::empty, disk));
        try {
            save(contents, () -> Optional.of(model.join()), last.get());
        } finally {
            model.join();
        }
    }

    /** @param weights where they have been saved already */
    private void save(CheckpointContents contents, Supplier<Optional<SavedWeights>> weights, BegunCheckpoint begun) {
        long step = contents.state().orElseThrow().step();
        SavedWeights saved = begun.complete(contents, weights);
        if (keep > 1) {
            CheckpointFolder.save(folder.last(), contents, () -> Optional.of(saved), disk);
            folder.prune(step, keep);
        }
        savedStep = step;
    }

    /**
     * Waits until nothing is being saved, after removing what was only begun.
     *
     * @throws RuntimeException what made the save fail, once
     */
    public void await() {
        abandon();
        Background<Boolean> save = pending;
        if (save != null) {
            try {
                // The copies are in use until the end: also for an interrupted thread there is nothing else to do.
                save.join();
            } finally {
                pending = null;
            }
        }
    }

    private void abandon() {
        Begun early = begun;
        if (early != null) {
            begun = null;
            try {
                early.save.join().abandon();
            } catch (RuntimeException | Error e) {
                // Nobody needs it any more, and what it left, if anything, the next save removes. There may be a failure of more interest.
            }
        }
    }

    /**
     * Does not wait.
     *
     * @throws RuntimeException what made the latest save fail, once
     */
    public void check() {
        Background<Boolean> save = pending;
        if (save != null && save.isDone()) {
            await();
        }
    }

    /** Whether a save goes on that was {@linkplain #start started}. */
    public boolean saving() {
        Background<Boolean> save = pending;
        return save != null && !save.isDone();
    }

    /** Steps of the last checkpoint that is saved; -1 before the first of this run. */
    public long savedStep() {
        return savedStep;
    }

    /** The run was taken up from a checkpoint after so many steps. */
    public void resumedAt(long step) {
        savedStep = step;
    }
}
