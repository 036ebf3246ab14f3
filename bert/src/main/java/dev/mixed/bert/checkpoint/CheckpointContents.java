package dev.mixed.bert.checkpoint;

import dev.mixed.bert.config.BertConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything that one checkpoint stores.
 *
 * @param tokenizerFiles the bytes of {@code vocab.txt} and, where there are any, the other files of {@link CheckpointFolder#TOKENIZER_FILES}
 * @param model          the parameters, under Hugging Face's names
 * @param state          where training stands; empty for a model that is only to be used
 * @param stateTensors   optimizer moments, under {@link dev.mixed.bert.config.TensorNames#moment}; empty without a state
 */
public record CheckpointContents(BertConfig config, Map<String, byte[]> tokenizerFiles, List<TensorSource> model,
                                 Optional<TrainingState> state, List<TensorSource> stateTensors) {

    public CheckpointContents {
        tokenizerFiles = new TreeMap<>(tokenizerFiles);
        model = List.copyOf(model);
        stateTensors = List.copyOf(stateTensors);
        for (String name : tokenizerFiles.keySet()) {
            if (!CheckpointFolder.TOKENIZER_FILES.contains(name)) {
                throw new IllegalArgumentException("'" + name + "' is not a tokenizer file");
            }
        }
        if (state.isEmpty() && !stateTensors.isEmpty()) {
            throw new IllegalArgumentException("optimizer moments without a training state");
        }
    }

    /** A model to be used, without the state of its training. */
    public static CheckpointContents ofModel(BertConfig config, Map<String, byte[]> tokenizerFiles, List<TensorSource> model) {
        return new CheckpointContents(config, tokenizerFiles, model, Optional.empty(), List.of());
    }

    /** The same model with what resuming its training needs. */
    public CheckpointContents withState(TrainingState training, List<TensorSource> tensors) {
        return new CheckpointContents(config, tokenizerFiles, model, Optional.of(training), tensors);
    }

    /** Bytes of all tensors: nearly the whole size on disk. */
    long tensorBytes() {
        return model.stream().mapToLong(TensorSource::byteSize).sum() + stateTensors.stream().mapToLong(TensorSource::byteSize).sum();
    }
}
