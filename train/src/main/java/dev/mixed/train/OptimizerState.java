// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.pretrained.CheckpointFit;
import dev.mixed.bert.pretrained.TensorSources;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.TensorSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Moves the optimizer's moments between the device and checkpoints. */
final class OptimizerState {
    private OptimizerState() {
    }

    /** The moments, to be saved. */
    static List<TensorSource> sources(Optimizer optimizer) {
        return TensorSources.of(optimizer.state());
    }

    /** Replaces the optimizer's moments with the checkpoint's, which must have a training state. */
    static void load(Checkpoint checkpoint, Optimizer optimizer) {
        SafetensorsFile file = checkpoint.stateTensors().orElseThrow();
        SequencedMap<String, List<Integer>> expected = new LinkedHashMap<>();
        optimizer.state().forEach((name, tensor) -> expected.put(name, TensorSources.shape(tensor)));
        CheckpointFit.check(file, expected);
        optimizer.state().forEach((name, tensor) -> tensor.writeInPlace(target -> file.readFloats(name, target)));
    }
}
