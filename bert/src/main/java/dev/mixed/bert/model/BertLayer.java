// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Dropout;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.LayerNorm;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.autograd.nn.Module;
import dev.mixed.bert.config.Activation;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.ops.random.RandomState;

/** One encoder layer: self-attention, then a feed-forward part, each followed by dropout, residual and norm (post-norm). */
final class BertLayer extends Module {
    private final BertAttention attention;
    private final Linear intermediate;
    private final Linear output;
    private final LayerNorm norm;
    private final Dropout dropout;
    private final Activation activation;

    BertLayer(BertConfig config, Initializer init, RandomState random) {
        int hidden = config.hiddenSize();
        float std = (float) config.initializerRange();
        attention = register("attention", new BertAttention(config, init, random));
        intermediate = register("intermediate.dense", new Linear(init, hidden, config.intermediateSize(), std));
        output = register("output.dense", new Linear(init, config.intermediateSize(), hidden, std));
        norm = register("output.LayerNorm", new LayerNorm(init, hidden, (float) config.layerNormEps()));
        dropout = register("output.dropout", new Dropout((float) config.hiddenDropoutProb(), random));
        activation = config.activation();
    }

    /** x [batch, seq, hidden] to the same shape; the inputs say what a token attends to. */
    Variable forward(Variable x, BertInputs inputs) {
        Variable attended = attention.forward(x, inputs);
        Variable wide = Activations.of(activation, intermediate.forward(attended));
        return norm.forward(F.add(dropout.forward(output.forward(wide)), attended));
    }

}
