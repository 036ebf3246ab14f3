// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;

/**
 * The input tensors of one batch shape, on a device; each batch of that shape is written into them before the recorded step runs.
 *
 * @param inputIds      I32 [batch, seq]
 * @param tokenTypeIds  I32 [batch, seq]
 * @param positionIds   I32 [seq]: 0, 1, 2, ...
 * @param attentionBias F32 [batch, seq], added to attention scores: 0 for tokens, {@link #MASKED} for padding
 */
public record BertInputs(Tensor inputIds, Tensor tokenTypeIds, Tensor positionIds, Tensor attentionBias) {
    /** What padding positions add to their scores: float's minimum, as in Hugging Face, which leaves them a probability of 0. */
    public static final float MASKED = -Float.MAX_VALUE;

    /** Inputs of this shape, zero but for the positions. */
    public static BertInputs create(Device device, int batch, int seq) {
        Shape shape = Shape.of(batch, seq);
        int[] positions = new int[seq];
        for (int i = 0; i < seq; i++) {
            positions[i] = i;
        }
        return new BertInputs(Tensor.zeros(device, shape, DType.I32), Tensor.zeros(device, shape, DType.I32),
                Tensor.ofInts(device, Shape.of(seq), positions), Tensor.zeros(device, shape, DType.F32));
    }

    /**
     * Writes a batch.
     *
     * @param attentionMask 1 for tokens, 0 for padding, row-major [batch, seq] as the others
     */
    public void write(int[] ids, int[] attentionMask, int[] tokenTypes) {
        inputIds.write(ids);
        tokenTypeIds.write(tokenTypes);
        float[] bias = new float[attentionMask.length];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = attentionMask[i] != 0 ? 0f : MASKED;
        }
        attentionBias.write(bias);
    }
}
