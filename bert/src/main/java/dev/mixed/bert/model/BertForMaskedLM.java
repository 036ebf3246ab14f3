// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.LayerNorm;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;

/**
 * BERT that guesses words, as {@code transformers}' class of the same name: a dense layer with the encoder's activation and a norm on each token, and a decoder
 * to the vocabulary. Its weight is that of the word embeddings, unless {@code tie_word_embeddings} is false in the configuration.
 */
public final class BertForMaskedLM extends BertPreTrainedModel {
    private final Linear dense;
    private final LayerNorm norm;
    private final Parameter decoder;
    private final Parameter bias;

    /** A model with random weights; all randomness, of weights and of dropout, follows from {@code seed}. */
    public BertForMaskedLM(BertConfig config, Device device, long seed) {
        this(config, new Initializer(device, seed), false, seed);
    }

    private BertForMaskedLM(BertConfig config, Initializer init, boolean encoderLoaded, long seed) {
        super(config, init, encoderLoaded, seed);
        int hidden = config.hiddenSize();
        float std = (float) config.initializerRange();
        boolean tied = config.hasTiedDecoder();
        Parameter zeros = new Parameter(init.constant(Shape.of(config.vocabSize()), 0f));
        bias = tied ? register("cls.predictions.bias", zeros) : zeros;
        dense = register("cls.predictions.transform.dense", new Linear(init, hidden, hidden, std));
        norm = register("cls.predictions.transform.LayerNorm", new LayerNorm(init, hidden, (float) config.layerNormEps()));
        decoder = tied ? bert().wordEmbeddings()
                : register("cls.predictions.decoder.weight", new Parameter(init.normal(Shape.of(config.vocabSize(), hidden), std)));
        if (!tied) {
            register("cls.predictions.decoder.bias", bias);
        }
    }

    /** One whose parameters are all loaded before their first use: they are zeros until then. */
    public static BertForMaskedLM toBeLoaded(BertConfig config, Device device, long seed) {
        return new BertForMaskedLM(config, Initializer.zeros(device), true, seed);
    }

    /** One whose encoder is loaded before its first use: it is zeros until then. What is beside it has the random values that it has in any other. */
    public static BertForMaskedLM withEncoderToBeLoaded(BertConfig config, Device device, long seed) {
        return new BertForMaskedLM(config, new Initializer(device, seed), true, seed);
    }

    /** Logits of all tokens, [batch, seq, vocabulary]. */
    @Override
    public Variable forward(BertInputs inputs) {
        return decoded(bert().forward(inputs));
    }

    /**
     * Logits of some tokens, [tokens, vocabulary].
     *
     * @param positions I32 [tokens]: row * seq + index of each
     */
    public Variable forward(BertInputs inputs, Tensor positions) {
        Variable hidden = bert().forward(inputs);
        Shape shape = hidden.shape();
        // A table of floats is what rows are looked up in.
        Variable rows = F.cast(F.reshape(hidden, shape.dim(0) * shape.dim(1), shape.dim(2)), DType.F32);
        return decoded(F.embedding(rows, positions));
    }

    private Variable decoded(Variable hidden) {
        return F.linear(norm.forward(Activations.of(config().activation(), dense.forward(hidden))), decoder, bias);
    }
}
