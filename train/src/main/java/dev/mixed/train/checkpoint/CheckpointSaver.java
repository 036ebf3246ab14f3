// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.bert.pretrained.SavedWeights;
import dev.mixed.engine.Background;
import dev.mixed.io.Disk;
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

    /**
     * Begins to save a run's last checkpoint, after waiting for the one before.
     *
     * @param contents must have a training state, and stay as they are until they are saved
     * @param best     whether the model is the best up to now: then it is saved as that first, see {@link RunFolder}
     * @throws RuntimeException what made the save before fail
     */
    public void start(CheckpointContents contents, boolean best) {
        await();
        pending = Background.begin("mixed-checkpoint", () -> {
            save(contents, best);
            return true;
        });
    }

    private void save(CheckpointContents contents, boolean best) {
        if (!best) {
            save(contents, Optional::empty);
            return;
        }
        // Optimizer state is twice as large as the model: both are written at once. The last checkpoint counts only after the best, whose weights it shares.
        Background<SavedWeights> model = Background.begin("mixed-checkpoint-best",
                () -> CheckpointFolder.save(folder.best(), CheckpointContents.ofModel(contents.model(), contents.data()), Optional::empty, disk));
        try {
            save(contents, () -> Optional.of(model.join()));
        } finally {
            model.join();
        }
    }

    /** @param weights where they have been saved already */
    private void save(CheckpointContents contents, Supplier<Optional<SavedWeights>> weights) {
        long step = contents.state().orElseThrow().step();
        if (keep > 1) {
            // Before the last: a run that is killed in between does this step again, and saves the same.
            SavedWeights kept = CheckpointFolder.save(folder.kept(step), contents, weights, disk);
            CheckpointFolder.save(folder.last(), contents, () -> Optional.of(kept), disk);
            folder.prune(step, keep);
        } else {
            CheckpointFolder.save(folder.last(), contents, weights, disk);
        }
        savedStep = step;
    }

    /**
     * Waits until nothing is being saved.
     *
     * @throws RuntimeException what made the save fail, once
     */
    public void await() {
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

    /** Steps of the last checkpoint that is saved; -1 before the first of this run. */
    public long savedStep() {
        return savedStep;
    }

    /** The run was taken up from a checkpoint after so many steps. */
    public void resumedAt(long step) {
        savedStep = step;
    }
}
