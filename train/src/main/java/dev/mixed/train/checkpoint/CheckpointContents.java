// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.bert.pretrained.ModelContents;
import dev.mixed.weights.TensorSource;
import java.util.List;
import java.util.Optional;

/**
 * Everything that one checkpoint stores.
 *
 * @param state        where training stands; empty for a model that is only to be used
 * @param stateTensors optimizer moments, under {@link dev.mixed.bert.config.TensorNames#moment}; empty without a state
 */
public record CheckpointContents(ModelContents model, Optional<TrainingState> state, List<TensorSource> stateTensors) {

    public CheckpointContents {
        stateTensors = List.copyOf(stateTensors);
        if (state.isEmpty() && !stateTensors.isEmpty()) {
            throw new IllegalArgumentException("optimizer moments without a training state");
        }
    }

    /** A model to be used, without the state of its training. */
    public static CheckpointContents ofModel(ModelContents model) {
        return new CheckpointContents(model, Optional.empty(), List.of());
    }

    /** Bytes of all tensors: nearly the whole size on disk. */
    long tensorBytes() {
        return model.tensorBytes() + stateTensors.stream().mapToLong(TensorSource::byteSize).sum();
    }
}
