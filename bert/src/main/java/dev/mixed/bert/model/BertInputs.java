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

    /** Refuses tensors of other shapes and types than the components say, and sequences longer than the model has positions for. */
    void require(int maxPositions) {
        Shape shape = inputIds.require("input_ids", DType.I32).shape();
        if (shape.rank() != 2) {
            throw new IllegalArgumentException("input_ids takes a tensor of shape [batch, seq], not " + shape);
        }
        if (shape.dim(1) > maxPositions) {
            throw new IllegalArgumentException("input_ids of shape " + shape + " are longer than the " + maxPositions
                    + " positions that the model has; cut them, or use a model with more");
        }
        tokenTypeIds.require("token_type_ids", DType.I32).require("token_type_ids", shape);
        positionIds.require("position_ids", DType.I32).require("position_ids", Shape.of(shape.dim(1)));
        attentionBias.require("attention_mask", DType.F32).require("attention_mask", shape);
    }

    /**
     * Writes a batch. Ids are compared with the model's tables when the program that reads them runs.
     *
     * @param attentionMask 1 for tokens, 0 for padding, row-major [batch, seq] as the others
     * @throws IllegalArgumentException if an array has another length than batch * seq, or a mask is neither 1 nor 0; then nothing is written
     */
    public void write(int[] ids, int[] attentionMask, int[] tokenTypes) {
        requireLength("input_ids", ids);
        requireLength("attention_mask", attentionMask);
        requireLength("token_type_ids", tokenTypes);
        for (int i = 0; i < attentionMask.length; i++) {
            if (attentionMask[i] != 0 && attentionMask[i] != 1) {
                int seq = inputIds.shape().dim(1);
                throw new IllegalArgumentException("attention_mask: the value at index [" + i / seq + ", " + i % seq + "] is " + attentionMask[i]
                        + ", but must be 1 for a token or 0 for padding");
            }
        }
        inputIds.write(ids);
        tokenTypeIds.write(tokenTypes);
        float[] bias = new float[attentionMask.length];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = attentionMask[i] != 0 ? 0f : MASKED;
        }
        attentionBias.write(bias);
    }

    private void requireLength(String name, int[] values) {
        if (values.length != inputIds.shape().elements()) {
            throw new IllegalArgumentException(name + " needs " + inputIds.shape().elements() + " values for a batch of shape " + inputIds.shape() + ", not "
                    + values.length);
        }
    }
}
