// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.nn.Dropout;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.Device;
import dev.mixed.engine.ops.random.RandomState;

/** BERT with a linear classifier on the last hidden state of each token, after dropout, as {@code transformers}' class of the same name: [batch, seq, labels]. */
public final class BertForTokenClassification extends SequenceModel {
    private final BertConfig config;
    private final RandomState random;
    private final BertModel bert;
    private final Dropout dropout;
    private final Linear classifier;

    /** A model with random weights; all randomness, of weights and of dropout, follows from {@code seed}. */
    public BertForTokenClassification(BertConfig config, Device device, long seed) {
        this.config = config;
        this.random = new RandomState(device, seed);
        Initializer init = new Initializer(device, seed);
        bert = register("bert", new BertModel(config, init, random));
        dropout = register("dropout", new Dropout((float) config.headDropoutProb(), random));
        classifier = register("classifier", new Linear(init, config.hiddenSize(), config.numLogits(), (float) config.initializerRange()));
    }

    /** Sizes, and names of the labels. */
    public BertConfig config() {
        return config;
    }

    /** The encoder. */
    public BertModel bert() {
        return bert;
    }

    @Override
    public RandomState random() {
        return random;
    }

    @Override
    public Variable forward(BertInputs inputs) {
        return classifier.forward(dropout.forward(bert.forward(inputs)));
    }

    @Override
    public byte[] configJson() {
        return config.toJson();
    }
}
