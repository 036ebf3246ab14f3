// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The input tensors of one batch shape, on a device; each batch of that shape is written into them before the recorded step runs.
 *
 * <p>A padded batch has a row for each text. In a packed one, the texts stand one after the other in a single row, and nothing is computed for padding: each
 * attends to itself alone, and tokens behind the last text are dead, which change no number. What the encoder makes of it is [1, tokens, hidden].
 *
 * @param inputIds      I32 [batch, seq], or [1, tokens] packed
 * @param tokenTypeIds  I32, as the ids
 * @param positionIds   I32 [seq]: 0, 1, 2, ...; packed I32 [1, tokens], from 0 in each text
 * @param attentionBias F32 as the ids, added to attention scores: 0 for tokens, {@link #MASKED} for padding; packed, it is 0 and plays no part
 * @param packing       where the texts of a packed batch are; null for a padded one
 */
public record BertInputs(Tensor inputIds, Tensor tokenTypeIds, Tensor positionIds, Tensor attentionBias, @Nullable Packing packing) {
    /**
     * Where the texts of a packed batch are.
     *
     * @param starts    I32 [texts + 1]: text t has the tokens from starts[t] to starts[t + 1] - 1; the last end is repeated where there are fewer texts
     * @param maxLength the most tokens that a text may have
     */
    public record Packing(Tensor starts, int maxLength) {
    }

    /** Inputs of a padded batch. */
    public BertInputs(Tensor inputIds, Tensor tokenTypeIds, Tensor positionIds, Tensor attentionBias) {
        this(inputIds, tokenTypeIds, positionIds, attentionBias, null);
    }

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

    /** Packed inputs of up to {@code texts} texts of up to {@code maxLength} tokens each, in a row of {@code tokens}. */
    public static BertInputs createPacked(Device device, int texts, int tokens, int maxLength) {
        Shape shape = Shape.of(1, tokens);
        return new BertInputs(Tensor.zeros(device, shape, DType.I32), Tensor.zeros(device, shape, DType.I32), Tensor.zeros(device, shape, DType.I32),
                Tensor.zeros(device, shape, DType.F32), new Packing(Tensor.zeros(device, Shape.of(texts + 1), DType.I32), maxLength));
    }

    /** The first token of each text, [CLS], of what an encoder makes of these inputs: [texts, hidden]. */
    public Variable first(Variable hidden) {
        return packing == null ? F.selectFirst(hidden) : F.selectFirst(hidden, packing.starts);
    }

    /** The two halves of each padded row as rows of their own, one after the other: [2 * batch, seq / 2], of the same storage. */
    public BertInputs halves() {
        if (packing != null || inputIds.shape().dim(1) % 2 != 0) {
            throw new IllegalStateException("only padded rows of an even number of tokens have halves, not " + inputIds.shape());
        }
        int rows = 2 * inputIds.shape().dim(0);
        int half = inputIds.shape().dim(1) / 2;
        return new BertInputs(inputIds.reshape(rows, half), tokenTypeIds.reshape(rows, half),
                Tensor.ofInts(inputIds.device(), Shape.of(half), IntStream.range(0, half).toArray()), attentionBias.reshape(rows, half));
    }

    /** Refuses tensors of other shapes and types than the components say, and sequences longer than the model has positions for. */
    void require(int maxPositions) {
        Shape shape = inputIds.require("input_ids", DType.I32).shape();
        if (shape.rank() != 2) {
            throw new IllegalArgumentException("input_ids takes a tensor of shape [batch, seq], not " + shape);
        }
        int longest = packing == null ? shape.dim(1) : packing.maxLength;
        if (longest > maxPositions) {
            throw new IllegalArgumentException((packing == null ? "input_ids of shape " + shape : "texts of " + longest + " tokens") + " are longer than the "
                    + maxPositions + " positions that the model has; cut them, or use a model with more");
        }
        tokenTypeIds.require("token_type_ids", DType.I32).require("token_type_ids", shape);
        positionIds.require("position_ids", DType.I32).require("position_ids", packing == null ? Shape.of(shape.dim(1)) : shape);
        attentionBias.require("attention_mask", DType.F32).require("attention_mask", shape);
    }

    /**
     * Writes a batch. Ids are compared with the model's tables when the program that reads them runs.
     *
     * @param attentionMask 1 for tokens, 0 for padding, row-major [batch, seq] as the others
     * @throws IllegalArgumentException if an array has another length than batch * seq, or a mask is neither 1 nor 0; then nothing is written
     */
    public void write(int[] ids, int[] attentionMask, int[] tokenTypes) {
        if (packing != null) {
            throw new IllegalStateException("these inputs are packed: use writePacked");
        }
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

    /**
     * Writes a packed batch. Ids are compared with the model's tables, and starts with the row, when the program that reads them runs.
     *
     * @param ids    of all tokens of the row, the dead ones at its end included, as are the types
     * @param starts as {@link Packing} has them
     * @throws IllegalArgumentException if an array has another length than the inputs, or a start is not in the row; then nothing is written
     */
    public void writePacked(int[] ids, int[] tokenTypes, int[] starts) {
        if (packing == null) {
            throw new IllegalStateException("these inputs are padded: use write");
        }
        requireLength("input_ids", ids);
        requireLength("token_type_ids", tokenTypes);
        if (starts.length != packing.starts.shape().elements()) {
            throw new IllegalArgumentException("starts needs " + packing.starts.shape().elements() + " values, not " + starts.length);
        }
        int[] positions = new int[ids.length];
        for (int t = 0; t + 1 < starts.length; t++) {
            if (starts[t] < 0 || starts[t + 1] > ids.length) {
                throw new IllegalArgumentException("starts: text " + t + " is said to be from " + starts[t] + " to " + starts[t + 1] + ", but the row has "
                        + ids.length + " tokens");
            }
            for (int i = starts[t]; i < starts[t + 1]; i++) {
                positions[i] = i - starts[t];
            }
        }
        inputIds.write(ids);
        tokenTypeIds.write(tokenTypes);
        positionIds.write(positions);
        packing.starts.write(starts);
    }

    private void requireLength(String name, int[] values) {
        if (values.length != inputIds.shape().elements()) {
            throw new IllegalArgumentException(name + " needs " + inputIds.shape().elements() + " values for a batch of shape " + inputIds.shape() + ", not "
                    + values.length);
        }
    }
}
