// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Dropout;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.Device;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BERT with a linear classifier on the last hidden state of [CLS], after dropout.
 *
 * <p>miXed's own head has no pooler: two classes share one logit, trained by binary cross entropy; more have one each, trained by cross entropy.
 * A model that {@code transformers} made, see {@link BertConfig#hasPooler()}, has that library's head: {@code tanh(dense(x))} before the
 * dropout, and a logit for each class.
 */
public final class BertForSequenceClassification extends BertPreTrainedModel implements SequenceClassifier {
    private final @Nullable Linear pooler;
    private final Dropout dropout;
    private final Linear classifier;

    /** A model with random weights; all randomness, of weights and of dropout, follows from {@code seed}. */
    public BertForSequenceClassification(BertConfig config, Device device, long seed) {
        this(config, new Initializer(device, seed), false, seed);
    }

    private BertForSequenceClassification(BertConfig config, Initializer init, boolean encoderLoaded, long seed) {
        super(config, init, encoderLoaded, seed);
        int hidden = config.hiddenSize();
        pooler = config.hasPooler() ? register("bert.pooler.dense", new Linear(init, hidden, hidden, (float) config.initializerRange())) : null;
        dropout = register("dropout", new Dropout((float) config.headDropoutProb(), random()));
        classifier = register("classifier", new Linear(init, hidden, config.numLogits(), (float) config.initializerRange()));
    }

    /** One whose parameters are all loaded before their first use: they are zeros until then. */
    public static BertForSequenceClassification toBeLoaded(BertConfig config, Device device, long seed) {
        return new BertForSequenceClassification(config, Initializer.zeros(device), true, seed);
    }

    /** One whose encoder is loaded before its first use: it is zeros until then. What is beside it has the random values that it has in any other. */
    public static BertForSequenceClassification withEncoderToBeLoaded(BertConfig config, Device device, long seed) {
        return new BertForSequenceClassification(config, new Initializer(device, seed), true, seed);
    }

    /**
     * Changes the probabilities above which labels are given, one for each, which are no parameters but part of the configuration that is saved; see
     * {@link BertConfig#thresholds}.
     */
    public void setThresholds(List<Double> thresholds) {
        setConfig(config().withThresholds(thresholds));
    }

    @Override
    public Variable forward(BertInputs inputs) {
        Variable cls = inputs.first(bert().forward(inputs));
        return classifier.forward(dropout.forward(pooler == null ? cls : F.tanh(pooler.forward(cls))));
    }

    @Override
    public boolean takesPacked() {
        return true;
    }

    @Override
    public int numLogits() {
        return config().numLogits();
    }
}
