// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Dropout;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.LayerNorm;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.autograd.nn.Module;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.ops.random.RandomState;

/** Multi-head self-attention with its output projection, dropout, residual and norm. */
final class BertAttention extends Module {
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear dense;
    private final LayerNorm norm;
    private final Dropout dropout;
    private final RandomState random;
    private final int heads;
    private final float attentionDropout;

    BertAttention(BertConfig config, Initializer init, RandomState random) {
        int hidden = config.hiddenSize();
        float std = (float) config.initializerRange();
        query = register("self.query", new Linear(init, hidden, hidden, std));
        key = register("self.key", new Linear(init, hidden, hidden, std));
        value = register("self.value", new Linear(init, hidden, hidden, std));
        dense = register("output.dense", new Linear(init, hidden, hidden, std));
        norm = register("output.LayerNorm", new LayerNorm(init, hidden, (float) config.layerNormEps()));
        dropout = register("output.dropout", new Dropout((float) config.hiddenDropoutProb(), random));
        heads = config.numAttentionHeads();
        attentionDropout = (float) config.attentionProbsDropoutProb();
        this.random = random;
    }

    /** x [batch, seq, hidden] to the same shape; the inputs say what a token attends to. */
    Variable forward(Variable x, BertInputs inputs) {
        float p = training() ? attentionDropout : 0f;
        BertInputs.Packing packing = inputs.packing();
        Variable context = packing == null
                ? F.scaledDotProductAttention(query.forward(x), key.forward(x), value.forward(x), inputs.attentionBias(), heads, p, random)
                : F.varlenAttention(query.forward(x), key.forward(x), value.forward(x), packing.starts(), packing.maxLength(), heads, p, random);
        return norm.forward(F.add(dropout.forward(dense.forward(context)), x));
    }
}
