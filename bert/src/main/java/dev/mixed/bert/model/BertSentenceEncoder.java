// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Pooling;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;

/**
 * BERT that gives each text a vector, [batch, hidden] in float whatever it computes in: the mean of the last hidden states of its tokens, or that of [CLS]. It
 * has no parameters beside the encoder's, so that {@code transformers} opens it as {@code BertModel}. Vectors have the length that they come with.
 */
public final class BertSentenceEncoder extends BertPreTrainedModel {
    private final Pooling pooling;

    /** A model with random weights, pooled as the configuration's {@link BertConfig#vectors} say; all randomness follows from {@code seed}. */
    public BertSentenceEncoder(BertConfig config, Device device, long seed) {
        this(config, config.vectors().pooling(), new Initializer(device, seed), seed);
    }

    private BertSentenceEncoder(BertConfig config, Pooling pooling, Initializer init, long seed) {
        super(config, init, false, seed);
        this.pooling = pooling;
    }

    /** One whose parameters are all loaded before their first use: they are zeros until then. */
    public static BertSentenceEncoder toBeLoaded(BertConfig config, Device device, long seed) {
        return toBeLoaded(config, config.vectors().pooling(), device, seed);
    }

    /** {@link #toBeLoaded(BertConfig, Device, long)} of any encoder, pooled in this way. */
    public static BertSentenceEncoder toBeLoaded(BertConfig config, Pooling pooling, Device device, long seed) {
        return new BertSentenceEncoder(config, pooling, Initializer.zeros(device), seed);
    }

    @Override
    public Variable forward(BertInputs inputs) {
        Variable hidden = bert().forward(inputs);
        return pooling == Pooling.CLS ? F.cast(inputs.first(hidden), DType.F32) : mean(F.cast(hidden, DType.F32), inputs.attentionBias());
    }

    /** @param bias F32 [batch, seq]: 0 for tokens, {@link BertInputs#MASKED} for padding, of which e to its power is 1 and 0 */
    private static Variable mean(Variable hidden, Tensor bias) {
        Shape shape = hidden.shape();
        Variable mask = F.exp(Variable.constant(bias));
        Variable sum = F.sum(F.mul(hidden, F.reshape(mask, shape.dim(0), shape.dim(1), 1)), new int[] {1}, false);
        return F.div(sum, F.reshape(F.sumLast(mask), shape.dim(0), 1));
    }
}
