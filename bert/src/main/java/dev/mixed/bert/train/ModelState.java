package dev.mixed.bert.train;

import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.checkpoint.Checkpoint;
import dev.mixed.bert.checkpoint.CheckpointContents;
import dev.mixed.bert.checkpoint.CheckpointFit;
import dev.mixed.bert.checkpoint.SafetensorsFile;
import dev.mixed.bert.checkpoint.TensorSource;
import dev.mixed.bert.checkpoint.TrainingState;
import dev.mixed.bert.checkpoint.WeightFile;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Moves parameters and optimizer moments between the device and checkpoints. */
public final class ModelState {
    private ModelState() {
    }

    /** A checkpoint of the model alone, to be used but not trained on. */
    public static CheckpointContents model(BertForSequenceClassification model, Map<String, byte[]> tokenizerFiles) {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        model.namedParameters().forEach((name, p) -> parameters.put(name, p.data()));
        return CheckpointContents.ofModel(model.config(), tokenizerFiles, sources(parameters));
    }

    /** A checkpoint that training can go on from. */
    public static CheckpointContents training(BertForSequenceClassification model, Map<String, byte[]> tokenizerFiles, Optimizer optimizer,
                                              TrainingState state) {
        return model(model, tokenizerFiles).withState(state, sources(optimizer.state()));
    }

    /** Replaces the model's parameters with the checkpoint's, all of which must be there and of the right shape. */
    public static void load(Checkpoint checkpoint, BertForSequenceClassification model) {
        CheckpointFit.check(checkpoint.model(), model.config());
        model.namedParameters().forEach((name, p) -> p.data().writeInPlace(target -> checkpoint.model().readFloats(name, target)));
    }

    /**
     * What came of a pretrained file beside the encoder.
     *
     * @param random  parameters that it does not have for this model, which keep their random values
     * @param skipped its tensors that this model has no use for
     */
    public record Pretrained(List<String> random, List<String> skipped) {
    }

    /**
     * Replaces the encoder's parameters with the checkpoint's, all of which must be there, the pooler's where both have one, and the classifier's
     * where the checkpoint has one for the same classes.
     */
    public static Pretrained loadPretrained(Checkpoint checkpoint, BertForSequenceClassification model) {
        BertConfig config = model.config();
        WeightFile file = checkpoint.model();
        boolean sameHead = checkpoint.config().labels().equals(config.labels()) && checkpoint.config().hasPooler() == config.hasPooler();
        SequencedMap<String, List<Integer>> expected = TensorNames.encoder(config);
        List<String> random = new ArrayList<>();
        TensorNames.all(config).forEach((name, shape) -> {
            // A classifier for other classes is no mistake, but not to be loaded either.
            if (file.tensors().containsKey(name) && (sameHead || !TensorNames.isHead(name))) {
                expected.put(name, shape);
            } else if (!expected.containsKey(name)) {
                random.add(name);
            }
        });
        List<String> skipped = CheckpointFit.check(file, expected, ModelState::isSkipped);
        model.namedParameters().forEach((name, p) -> {
            if (expected.containsKey(name)) {
                p.data().writeInPlace(target -> file.readFloats(name, target));
            }
        });
        return new Pretrained(random, skipped);
    }

    /** Checks, before a model of this size takes memory, that the checkpoint has its encoder; a {@link dev.mixed.bert.UserException} lists what it lacks. */
    public static void requireEncoder(Checkpoint checkpoint, BertConfig config) {
        CheckpointFit.checkSize(checkpoint.model(), config);
        CheckpointFit.check(checkpoint.model(), TensorNames.encoder(config), ModelState::isSkipped);
    }

    private static boolean isSkipped(String name) {
        return TensorNames.isHead(name) || TensorNames.isUnused(name);
    }

    /** Replaces the optimizer's moments with the checkpoint's, which must have a training state. */
    public static void load(Checkpoint checkpoint, Optimizer optimizer) {
        SafetensorsFile file = checkpoint.stateTensors().orElseThrow();
        SequencedMap<String, List<Integer>> expected = new LinkedHashMap<>();
        optimizer.state().forEach((name, tensor) -> expected.put(name, shape(tensor)));
        CheckpointFit.check(file, expected);
        optimizer.state().forEach((name, tensor) -> tensor.writeInPlace(target -> file.readFloats(name, target)));
    }

    private static List<TensorSource> sources(Map<String, Tensor> tensors) {
        List<TensorSource> sources = new ArrayList<>();
        tensors.forEach((name, tensor) -> sources.add(TensorSource.floats(name, shape(tensor), tensor::toFloats)));
        return sources;
    }

    private static List<Integer> shape(Tensor tensor) {
        List<Integer> dims = new ArrayList<>();
        for (int d : tensor.shape().toArray()) {
            dims.add(d);
        }
        return dims;
    }
}
