// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.nn.Dropout;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.Device;

/** BERT with a linear classifier on the last hidden state of each token, after dropout, as {@code transformers}' class of the same name: [batch, seq, labels]. */
public final class BertForTokenClassification extends BertPreTrainedModel {
    private final Dropout dropout;
    private final Linear classifier;

    /** A model with random weights; all randomness, of weights and of dropout, follows from {@code seed}. */
    public BertForTokenClassification(BertConfig config, Device device, long seed) {
        this(config, new Initializer(device, seed), false, seed);
    }

    private BertForTokenClassification(BertConfig config, Initializer init, boolean encoderLoaded, long seed) {
        super(config, init, encoderLoaded, seed);
        dropout = register("dropout", new Dropout((float) config.headDropoutProb(), random()));
        classifier = register("classifier", new Linear(init, config.hiddenSize(), config.numLogits(), (float) config.initializerRange()));
    }

    /** One whose parameters are all loaded before their first use: they are zeros until then. */
    public static BertForTokenClassification toBeLoaded(BertConfig config, Device device, long seed) {
        return new BertForTokenClassification(config, Initializer.zeros(device), true, seed);
    }

    /** One whose encoder is loaded before its first use: it is zeros until then. What is beside it has the random values that it has in any other. */
    public static BertForTokenClassification withEncoderToBeLoaded(BertConfig config, Device device, long seed) {
        return new BertForTokenClassification(config, new Initializer(device, seed), true, seed);
    }

    @Override
    public Variable forward(BertInputs inputs) {
        return classifier.forward(dropout.forward(bert().forward(inputs)));
    }

    @Override
    public boolean takesPacked() {
        return true;
    }
}
