// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.GradScaler;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.ModuleFile;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.checkpoint.TrainingState;
import dev.mixed.train.run.RunOptions;

/** Takes a run up where its last checkpoint left it. */
final class Resumption {
    private Resumption() {
    }

    /** Loads model, optimizer, scaler and random numbers; returns where the run stands. A {@link UserException} where the checkpoint is not of this run. */
    static RunState load(Checkpoint checkpoint, RunLength length, RunOptions options, RunFolder folder, SequenceModel model, Optimizer optimizer,
            GradScaler scaler) {
        TrainingState saved = checkpoint.state().orElseThrow(() -> new UserException("'" + checkpoint.model().folder()
                + "' holds a model but no training state to resume from; use --model to start a new run from it."));
        if (saved.step() != (long) saved.epoch() * length.epochSteps() + length.stepsOf(saved.batch())) {
            throw new UserException("'" + checkpoint.model().folder() + "' was saved after " + saved.step() + " steps, which is not " + saved.epoch()
                    + " epochs of " + length.epochBatches() + " batches and " + saved.batch()
                    + " more; resume with the training texts that the run was started with.");
        }
        if (saved.step() > length.steps()) {
            throw tooShort(saved, options, folder);
        }
        ModuleFile.load(checkpoint.model().weights(), model);
        OptimizerState.load(checkpoint, optimizer);
        ScalerState.load(saved.extra(), saved.step(), scaler, optimizer);
        model.random().restore(random(checkpoint, saved, "seed"), random(checkpoint, saved, "counter"));
        return RunState.from(saved, length.epochSteps());
    }

    private static UsageException tooShort(TrainingState saved, RunOptions options, RunFolder folder) {
        if (options.schedule().maxSteps() > 0) {
            return new UsageException("--max-steps " + options.schedule().maxSteps() + " is less than the run in '" + folder.root() + "' has done ("
                    + saved.step() + " steps); give at least as many.");
        }
        return new UsageException("--epochs " + options.schedule().epochs() + " is less than the run in '" + folder.root() + "' has done (" + saved.epoch()
                + (saved.epoch() == 1 ? " epoch" : " epochs")
                + (saved.batch() > 0 ? " and a part of the next" : "") + "); give at least " + (saved.epoch() + (saved.batch() > 0 ? 1 : 0)) + ".");
    }

    private static long random(Checkpoint checkpoint, TrainingState saved, String name) {
        Long number = saved.random().get(name);
        if (number == null) {
            throw new UserException("The training state in '" + checkpoint.model().folder() + "' must have a whole number as 'random." + name
                    + "'; restore the file or use another checkpoint.");
        }
        return number;
    }
}
