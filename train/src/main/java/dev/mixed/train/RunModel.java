// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Precision;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.train.run.Freeze;
import dev.mixed.train.run.OptimizerOptions;
import dev.mixed.train.run.RunOptions;

/** What the options of a run ask of its model; a {@link UsageException} where it does not have that. */
final class RunModel {
    private RunModel() {
    }

    /** Turns the recomputation of layers on where the options say so. */
    static void checkpointing(SequenceModel model, RunOptions options) {
        if (options.compute().gradientCheckpointing() && !model.gradientCheckpointing(true)) {
            throw new UsageException("--gradient-checkpointing is not for the model " + model.getClass().getSimpleName()
                    + ", which has no layers to compute again; leave it out.");
        }
    }

    /** How texts form batches: as the options say, or, where they leave it open, as is fast. */
    static RunOptions.Pad pad(SequenceModel model, RunOptions options, Device device) {
        return pad(model, options.batches().pad(), device, options.compute().precision());
    }

    /**
     * The way of forming batches that was asked for, or, for {@link RunOptions.Pad#AUTO}, the one that is fast for the model on the device: packed where
     * attention is as fast so, else padded. A {@link UsageException} where the model does not take such batches.
     */
    static RunOptions.Pad pad(SequenceModel model, RunOptions.Pad asked, Device device, Precision precision) {
        if (asked == RunOptions.Pad.PACKED && !model.takesPacked()) {
            throw new UsageException(
                    "--pad packed is not for the model " + model.getClass().getSimpleName() + ", which takes padded batches alone; choose another.");
        }
        if (asked != RunOptions.Pad.AUTO) {
            return asked;
        }
        return model.takesPacked() && model.packsWell(device, precision) ? RunOptions.Pad.PACKED : padded(device);
    }

    /** The fastest way of padding: few lengths on a device that compiles programs, whose first runs take longer than what they save. */
    static RunOptions.Pad padded(Device device) {
        return device.compilesInFirstRun() ? RunOptions.Pad.COARSE : RunOptions.Pad.BUCKET;
    }

    /** Freezes what the options say, and nothing else: a model that was trained before may have other parts frozen. */
    static void freeze(SequenceModel model, OptimizerOptions options) {
        check(model, options);
        model.setRequiresGrad(true);
        Freeze freeze = options.freeze();
        if (freeze != null) {
            model.encoderParts().subList(0, freeze.layers() + 1).forEach(part -> part.setRequiresGrad(false));
        }
    }

    /** A {@link UsageException} where a model has not got the parts that the options speak of. */
    static void check(SequenceModel model, OptimizerOptions options) {
        int parts = model.encoderParts().size();
        Freeze freeze = options.freeze();
        if (parts == 0 && (freeze != null || options.layerDecay() < 1)) {
            throw new UsageException("--freeze and --layer-wise-lr-decay are for models that say what their embeddings and layers are, as "
                    + model.getClass().getSimpleName() + " does not; leave them out.");
        }
        if (freeze != null && freeze.layers() > parts - 1) {
            throw new UsageException("--freeze " + freeze + " is more than the " + (parts - 1) + " layers of the model.");
        }
    }
}
