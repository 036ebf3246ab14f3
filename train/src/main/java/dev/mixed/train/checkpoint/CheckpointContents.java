// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.bert.pretrained.ModelContents;
import dev.mixed.train.data.TrainingData;
import dev.mixed.weights.TensorSource;
import java.util.List;
import java.util.Optional;

/**
 * Everything that one checkpoint stores.
 *
 * @param state        where training stands; empty for a model that is only to be used
 * @param data         what the model was trained on; empty where that is not known
 * @param stateTensors optimizer moments, under {@link dev.mixed.bert.config.TensorNames#moment}; empty without a state
 */
public record CheckpointContents(ModelContents model, Optional<TrainingData> data, Optional<TrainingState> state, List<TensorSource> stateTensors) {

    public CheckpointContents {
        stateTensors = List.copyOf(stateTensors);
        if (state.isEmpty() && !stateTensors.isEmpty()) {
            throw new IllegalArgumentException("optimizer moments without a training state");
        }
    }

    /** Of a model whose training data are not known. */
    public CheckpointContents(ModelContents model, Optional<TrainingState> state, List<TensorSource> stateTensors) {
        this(model, Optional.empty(), state, stateTensors);
    }

    /** A model to be used, without the state of its training. */
    public static CheckpointContents ofModel(ModelContents model) {
        return ofModel(model, Optional.empty());
    }

    /** {@link #ofModel(ModelContents)} with what it was trained on. */
    public static CheckpointContents ofModel(ModelContents model, Optional<TrainingData> data) {
        return new CheckpointContents(model, data, Optional.empty(), List.of());
    }

    /** Bytes of all tensors: nearly the whole size on disk. */
    long tensorBytes() {
        return model.tensorBytes() + stateTensors.stream().mapToLong(TensorSource::byteSize).sum();
    }
}
