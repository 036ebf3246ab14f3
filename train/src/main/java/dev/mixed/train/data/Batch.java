// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.engine.ops.InputChecks;
import java.util.Arrays;

/**
 * Some texts as the model takes them. Rows from {@code realCount} on only fill an incomplete batch up, so that all batches have few shapes: their
 * weight is 0, they are padding throughout, and their mask holds the first token alone, for no row may be masked entirely.
 *
 * @param batchSize rows
 * @param seqLength tokens in a row
 * @param realCount rows that hold texts
 * @param inputIds token ids [batch, seq], row-major
 * @param attentionMask 1 for tokens and 0 for padding [batch, seq]
 * @param tokenTypeIds 0 throughout, for each row is one text [batch, seq]
 * @param labels class of each row [batch]
 * @param weights weight of each row in the mean loss, 1 or 0 [batch]
 * @param indices index of each text in its data set [realCount]
 */
public record Batch(int batchSize, int seqLength, int realCount, int[] inputIds, int[] attentionMask, int[] tokenTypeIds,
        int[] labels, float[] weights, int[] indices) {
    /** Refuses arrays of other lengths than the sizes say. */
    public Batch {
        if (batchSize < 1 || seqLength < 1 || realCount < 0 || realCount > batchSize) {
            throw new IllegalArgumentException("a batch has 1 row or more of 1 token or more, and 0 to " + batchSize + " texts in its " + batchSize
                    + " rows, not " + realCount + " texts of " + seqLength + " tokens");
        }
        require("input_ids", inputIds.length, batchSize * seqLength);
        require("attention_mask", attentionMask.length, batchSize * seqLength);
        require("token_type_ids", tokenTypeIds.length, batchSize * seqLength);
        require("labels", labels.length, batchSize);
        require("weights", weights.length, batchSize);
        require("indices", indices.length, realCount);
    }

    private static void require(String name, int length, int expected) {
        if (length != expected) {
            throw new IllegalArgumentException("a batch's " + name + " must have " + expected + " values, not " + length);
        }
    }

    /** Pads the texts with these indices to {@code [batchSize, seqLength]}. */
    static Batch of(TokenizedDataset data, int[] indices, int batchSize, int seqLength) {
        int[] inputIds = new int[batchSize * seqLength];
        int[] attentionMask = new int[batchSize * seqLength];
        int[] labels = new int[batchSize];
        float[] weights = new float[batchSize];
        Arrays.fill(inputIds, data.padId());
        for (int row = 0; row < batchSize; row++) {
            int start = row * seqLength;
            if (row < indices.length) {
                int[] ids = data.ids(indices[row]);
                System.arraycopy(ids, 0, inputIds, start, ids.length);
                Arrays.fill(attentionMask, start, start + ids.length, 1);
                labels[row] = data.label(indices[row]);
                weights[row] = 1f;
            } else {
                attentionMask[start] = 1;
            }
        }
        return new Batch(batchSize, seqLength, indices.length, inputIds, attentionMask, new int[batchSize * seqLength], labels, weights, indices);
    }

    /** The weights of all rows that the mean loss is over: the number of texts, unless some are ignored or count more than others. */
    public double weight() {
        double sum = 0;
        for (int row = 0; row < batchSize; row++) {
            sum += labels[row] == InputChecks.IGNORED ? 0 : weights[row];
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
