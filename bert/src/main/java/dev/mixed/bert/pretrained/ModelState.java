// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertForTokenClassification;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.weights.WeightFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Moves parameters between the device and folders of models. */
public final class ModelState {
    private ModelState() {
    }

    /** What the folder of this model stores. */
    public static ModelContents contents(SequenceModel model, Map<String, byte[]> tokenizerFiles) {
        return new ModelContents(model.configJson(), tokenizerFiles, FiniteWeights.sources(model.stateDict()));
    }

    /**
     * {@link #contents(SequenceModel, Map)} with the parameters as they are now, copied, so that the model may be trained on while it is saved.
     *
     * @throws dev.mixed.io.UserException where a parameter is no number
     */
    public static ModelContents contents(SequenceModel model, Map<String, byte[]> tokenizerFiles, HostCopies copies) {
        return new ModelContents(model.configJson(), tokenizerFiles, copies.of(model.stateDict(), FiniteWeights::problem));
    }

    /** Replaces BERT's parameters with the folder's, all of which must be there and of the right shape. */
    public static void load(ModelFolder folder, BertForTokenClassification model) {
        folder.requireClassifier();
        if (folder.head() != Head.TOKENS) {
            throw new IllegalArgumentException("the classifier in '" + folder.folder() + "' reads no tokens; make the model from the folder's config()");
        }
        load(folder, model, model.config());
    }

    /** Replaces BERT's parameters with the folder's, all of which must be there and of the right shape. */
    public static void load(ModelFolder folder, BertForSequenceClassification model) {
        folder.requireClassifier();
        if (folder.config().hasPooler() != model.config().hasPooler()) {
            throw new IllegalArgumentException("the classifier in '" + folder.folder() + "' reads " + (folder.config().hasPooler() ? "the pooler" : "[CLS]")
                    + ", the model's does not; make the model from the folder's config()");
        }
        load(folder, model, model.config());
    }

    /**
     * Replaces the parameters of any of BERT's models with the folder's, all of which must be there and of the right shape.
     *
     * @param config of the model
     */
    public static void load(ModelFolder folder, SequenceModel model, BertConfig config) {
        CheckpointFit.check(folder.weights(), config);
        model.namedParameters().forEach((name, p) -> p.data().writeInPlace(target -> FiniteWeights.read(folder.weights(), name, target)));
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
     * Replaces the encoder's parameters with the folder's, all of which must be there, the pooler's where both have one, and the classifier's
     * where the folder has one for the same classes.
     */
    public static Pretrained loadPretrained(ModelFolder folder, BertForSequenceClassification model) {
        return loadPretrained(folder, model, model.config());
    }

    /**
     * {@link #loadPretrained(ModelFolder, BertForSequenceClassification)} of any of BERT's models.
     *
     * @param config of the model
     */
    public static Pretrained loadPretrained(ModelFolder folder, SequenceModel model, BertConfig config) {
        WeightFile file = folder.weights();
        boolean sameHead = folder.head()
                == (config.hasVectors() ? Head.VECTORS
                        : config.hasWords() ? Head.WORDS : config.hasTokens() ? Head.TOKENS : config.hasPooler() ? Head.POOLER : Head.CLS)
                && folder.config().labels().equals(config.labels())
                && folder.config().problemType().equals(config.problemType());
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
                p.data().writeInPlace(target -> FiniteWeights.read(file, name, target));
            }
        });
        return new Pretrained(random, skipped);
    }

    /** Checks, before a model of this size takes memory, that the folder has its encoder; a {@link dev.mixed.io.UserException} lists what it lacks. */
    public static void requireEncoder(ModelFolder folder, BertConfig config) {
        CheckpointFit.checkSize(folder.weights(), config);
        CheckpointFit.check(folder.weights(), TensorNames.encoder(config), ModelState::isSkipped);
    }

    private static boolean isSkipped(String name) {
        return TensorNames.isHead(name) || TensorNames.isUnused(name);
    }
}
