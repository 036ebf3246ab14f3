// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.SavedWeights;
import dev.mixed.io.AtomicFolder;
import dev.mixed.io.Disk;
import dev.mixed.train.data.TrainingData;
import dev.mixed.weights.SafetensorsFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Saves checkpoints so that the folder holds a complete one, the previous or the new, whenever the process is killed; see {@link AtomicFolder}.
 * Other files in the folder (metrics, plots, {@code last/}) are not touched.
 */
public final class CheckpointFolder {
    public static final String STATE = "training_state.json";
    public static final String STATE_TENSORS = "training_state.safetensors";

    static final AtomicFolder LAYOUT = ModelFolder.LAYOUT.with(STATE, STATE_TENSORS, TrainingData.FILE);

    private CheckpointFolder() {
    }

    /**
     * Replaces the checkpoint in {@code folder}, which is created where needed. A {@link dev.mixed.io.UserException} (full disk, no permission)
     * means that the previous checkpoint is intact and nothing of the new one is left behind.
     */
    public static void save(Path folder, CheckpointContents contents) {
        save(folder, contents, Disk.REAL);
    }

    static void save(Path folder, CheckpointContents contents, Disk disk) {
        save(folder, contents, Optional::empty, disk);
    }

    /**
     * Saves a checkpoint and says where its weights are.
     *
     * @param same where the same weights have just been saved, if anywhere; asked last, so it may wait for that
     */
    static SavedWeights save(Path folder, CheckpointContents contents, Supplier<Optional<SavedWeights>> same, Disk disk) {
        return BegunCheckpoint.begin(folder, contents.state().map(_ -> contents.stateTensors()), contents.tensorBytes(), disk).complete(contents, same);
    }

    /** What the model in {@code folder} was trained on; empty where nothing there says so. */
    public static Optional<TrainingData> trainingData(Path folder) {
        return LAYOUT.read(folder, TrainingData.FILE, path -> {
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                return TrainingData.read(file);
            }
        });
    }

    /** Completes an interrupted save and removes its leftovers. Only for the run that owns the folder, before it resumes. */
    public static void recover(Path folder) {
        LAYOUT.recover(folder);
    }

    /** Whether {@code folder} holds a checkpoint, as opposed to nothing or other files. */
    public static boolean exists(Path folder) {
        return LAYOUT.exists(folder);
    }

    /** Removes the checkpoint in {@code folder}, and whatever an interrupted save left, but no other file. */
    public static void clear(Path folder) {
        LAYOUT.clear(folder);
    }
}
