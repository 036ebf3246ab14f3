// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.engine.ops.InputChecks;
import java.util.Arrays;

/**
 * Some texts as the model takes them. Rows from {@code realCount} on only fill an incomplete batch up, so that all batches have few shapes: their
 * weight is 0, they are padding throughout, and their mask holds the first token alone, for no row may be masked entirely.
 *
 * <p>The loss is a weighted mean over parts, which are the rows, or all their tokens, or some of these. Each has a weight, and its target as a class,
 * or as numbers.
 *
 * @param batchSize rows
 * @param seqLength tokens in a row
 * @param realCount rows that hold texts
 * @param inputIds token ids [batch, seq], row-major
 * @param attentionMask 1 for tokens and 0 for padding [batch, seq]
 * @param tokenTypeIds 1 for the tokens of the second text of a pair, else 0 [batch, seq]
 * @param labels class of each part [parts], with {@link InputChecks#IGNORED} where there is none
 * @param weights weight of each part in the mean loss, 1 or 0 [parts]
 * @param indices index of each text in its data set [realCount]
 * @param positions token that each part is about, row * seq + index [parts], where parts are some tokens alone, else empty
 * @param values the targets in place of {@code labels} where they are numbers [parts, numbers], else empty
 */
public record Batch(int batchSize, int seqLength, int realCount, int[] inputIds, int[] attentionMask, int[] tokenTypeIds,
        int[] labels, float[] weights, int[] indices, float[] values, int[] positions) {
    /** Refuses arrays of other lengths than the sizes say. */
    public Batch {
        if (batchSize < 1 || seqLength < 1 || realCount < 0 || realCount > batchSize) {
            throw new IllegalArgumentException("a batch has 1 row or more of 1 token or more, and 0 to " + batchSize + " texts in its " + batchSize
                    + " rows, not " + realCount + " texts of " + seqLength + " tokens");
        }
        require("input_ids", inputIds.length, batchSize * seqLength);
        require("attention_mask", attentionMask.length, batchSize * seqLength);
        require("token_type_ids", tokenTypeIds.length, batchSize * seqLength);
        int parts = positions.length > 0 ? positions.length : labels.length == batchSize * seqLength ? labels.length : batchSize;
        require("labels", labels.length, parts);
        require("weights", weights.length, parts);
        require("indices", indices.length, realCount);
        if (values.length % parts != 0) {
            throw new IllegalArgumentException("a batch's values must be as many for each of " + parts + " parts, not " + values.length + " in all");
        }
    }

    /** A batch whose targets are classes. */
    public Batch(int batchSize, int seqLength, int realCount, int[] inputIds, int[] attentionMask, int[] tokenTypeIds, int[] labels, float[] weights,
            int[] indices) {
        this(batchSize, seqLength, realCount, inputIds, attentionMask, tokenTypeIds, labels, weights, indices, new float[0], new int[0]);
    }

    private static void require(String name, int length, int expected) {
        if (length != expected) {
            throw new IllegalArgumentException("a batch's " + name + " must have " + expected + " values, not " + length);
        }
    }

    /** Pads the texts with these indices to {@code [batchSize, seqLength]}, each with its class. */
    public static Batch of(TokenizedDataset data, int[] indices, int batchSize, int seqLength) {
        Batch texts = texts(data, indices, batchSize, seqLength);
        int[] labels = new int[batchSize];
        for (int row = 0; row < indices.length; row++) {
            labels[row] = data.label(indices[row]);
        }
        return texts.withTargets(labels, texts.weights, texts.values);
    }

    /** Pads the texts with these indices to {@code [batchSize, seqLength]}, without their targets: of class 0, of weight 1. */
    public static Batch texts(TokenizedDataset data, int[] indices, int batchSize, int seqLength) {
        int[] inputIds = new int[batchSize * seqLength];
        int[] attentionMask = new int[batchSize * seqLength];
        int[] types = new int[batchSize * seqLength];
        float[] weights = new float[batchSize];
        Arrays.fill(inputIds, data.padId());
        for (int row = 0; row < batchSize; row++) {
            int start = row * seqLength;
            if (row < indices.length) {
                int[] ids = data.ids(indices[row]);
                System.arraycopy(ids, 0, inputIds, start, ids.length);
                Arrays.fill(attentionMask, start, start + ids.length, 1);
                Arrays.fill(types, start + data.secondStart(indices[row]), start + ids.length, 1);
                weights[row] = 1f;
            } else {
                attentionMask[start] = 1;
            }
        }
        return new Batch(batchSize, seqLength, indices.length, inputIds, attentionMask, types, new int[batchSize], weights, indices);
    }

    /** The same texts with other targets; see the components. */
    public Batch withTargets(int[] classes, float[] partWeights, float[] numbers) {
        return new Batch(batchSize, seqLength, realCount, inputIds, attentionMask, tokenTypeIds, classes, partWeights, indices, numbers, positions);
    }

    /** The same texts with some tokens replaced, which are to be guessed; see the components. */
    public Batch withGuesses(int[] ids, int[] classes, float[] partWeights, int[] tokens) {
        return new Batch(batchSize, seqLength, realCount, ids, attentionMask, tokenTypeIds, classes, partWeights, indices, values, tokens);
    }

    /** The weights of all parts that the mean loss is over: the number of texts, unless some are ignored or count more than others. */
    public double weight() {
        double sum = 0;
        for (int part = 0; part < weights.length; part++) {
            sum += labels[part] == InputChecks.IGNORED ? 0 : weights[part];
        }
        return sum;
    }

    /** Tokens of the texts, padding left out. */
    public int tokenCount() {
        int count = 0;
        for (int i = 0; i < realCount * seqLength; i++) {
            count += attentionMask[i];
        }
        return count;
    }
}
