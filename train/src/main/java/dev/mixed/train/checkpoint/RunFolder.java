// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.bert.pretrained.ModelFolder;
import java.nio.file.Path;

/**
 * Where a training run keeps its two checkpoints.
 * <pre>
 * runs/x/        config.json vocab.txt model.safetensors        the best epoch: what eval, predict and Hugging Face open
 * runs/x/last/   the same and training_state.{json,safetensors} the latest state: what --resume continues from
 * </pre>
 * Metrics, plots and the run's options lie in {@code runs/x/} too and are not touched here.
 * At the end of an epoch the best model is saved first: a kill in between repeats the epoch from {@code last/} and writes the same
 * best model again, whereas the other order would keep a best score whose model was never written.
 *
 * @param root the run's output folder
 */
public record RunFolder(Path root) {

    /** Folder of the best epoch's model, without training state. */
    public Path best() {
        return root;
    }

    /** Folder of the latest model with its training state. */
    public Path last() {
        return root.resolve("last");
    }

    /** Whether there is a state to resume from. */
    public boolean canResume() {
        return CheckpointFolder.exists(last()) && ModelFolder.locate(last(), CheckpointFolder.STATE).isPresent();
    }

    /** Completes interrupted saves of either checkpoint; a run calls it before it resumes. */
    public void recover() {
        CheckpointFolder.recover(best());
        CheckpointFolder.recover(last());
    }

    /** Removes both checkpoints, for a run that starts anew in the same folder. */
    public void clear() {
        CheckpointFolder.clear(last());
        CheckpointFolder.clear(best());
    }
}
