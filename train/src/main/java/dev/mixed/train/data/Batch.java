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
 * <p>Of a packed batch, see {@link #packed}, the texts stand one after the other in a single row instead, and parts are the texts, or the row's tokens.
 *
 * @param batchSize rows, or the most texts of a packed batch
 * @param seqLength tokens in a row, or the most tokens of a text of a packed batch
 * @param realCount rows that hold texts, or the texts of a packed batch
 * @param inputIds token ids [batch, seq], row-major, or [tokens] of a packed batch
 * @param attentionMask 1 for tokens and 0 for padding, as the ids
 * @param tokenTypeIds 1 for the tokens of the second text of a pair, else 0, as the ids
 * @param labels class of each part [parts], with {@link InputChecks#IGNORED} where there is none
 * @param weights weight of each part in the mean loss, 1 or 0 [parts]
 * @param indices index of each text in its data set [realCount]
 * @param positions token that each part is about, row * seq + index [parts], where parts are some tokens alone, else empty; of a packed
 *                  batch, its place in the row
 * @param values the targets in place of {@code labels} where they are numbers [parts, numbers], else empty
 * @param starts where the texts of a packed batch start, and the last ends [batch + 1], repeated where there are fewer texts; empty for a padded batch
 */
public record Batch(int batchSize, int seqLength, int realCount, int[] inputIds, int[] attentionMask, int[] tokenTypeIds,
        int[] labels, float[] weights, int[] indices, float[] values, int[] positions, int[] starts) {
    /** Refuses arrays of other lengths than the sizes say. */
    public Batch {
        if (batchSize < 1 || seqLength < 1 || realCount < 0 || realCount > batchSize) {
            throw new IllegalArgumentException("a batch has 1 row or more of 1 token or more, and 0 to " + batchSize + " texts in its " + batchSize
                    + " rows, not " + realCount + " texts of " + seqLength + " tokens");
        }
        int tokens = starts.length > 0 ? inputIds.length : batchSize * seqLength;
        if (starts.length > 0) {
            require("starts", starts.length, batchSize + 1);
        }
        require("input_ids", inputIds.length, tokens);
        require("attention_mask", attentionMask.length, tokens);
        require("token_type_ids", tokenTypeIds.length, tokens);
        int parts = positions.length > 0 ? positions.length : labels.length == tokens ? labels.length : batchSize;
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
        this(batchSize, seqLength, realCount, inputIds, attentionMask, tokenTypeIds, labels, weights, indices, new float[0], new int[0], new int[0]);
    }

    /** A padded batch. */
    public Batch(int batchSize, int seqLength, int realCount, int[] inputIds, int[] attentionMask, int[] tokenTypeIds, int[] labels, float[] weights,
            int[] indices, float[] values, int[] positions) {
        this(batchSize, seqLength, realCount, inputIds, attentionMask, tokenTypeIds, labels, weights, indices, values, positions, new int[0]);
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

    /**
     * The pairs with these indices, whose texts are apart, in {@code [batchSize, 2 * seqLength]}: each row is its first text and its second one, each padded
     * to {@code seqLength}. Without targets, as {@link #texts}.
     */
    public static Batch pairs(TokenizedDataset data, int[] indices, int batchSize, int seqLength) {
        int[] inputIds = new int[2 * batchSize * seqLength];
        int[] attentionMask = new int[inputIds.length];
        float[] weights = new float[batchSize];
        Arrays.fill(inputIds, data.padId());
        Arrays.fill(weights, 0, indices.length, 1f);
        for (int half = 0; half < 2 * batchSize; half++) {
            int start = half * seqLength;
            int length = 1;
            if (half / 2 < indices.length) {
                int[] ids = data.ids(indices[half / 2]);
                int second = data.secondStart(indices[half / 2]);
                length = half % 2 == 0 ? second : ids.length - second;
                System.arraycopy(ids, half % 2 == 0 ? 0 : second, inputIds, start, length);
            }
            Arrays.fill(attentionMask, start, start + length, 1);
        }
        return new Batch(batchSize, 2 * seqLength, indices.length, inputIds, attentionMask, new int[inputIds.length], new int[batchSize], weights, indices);
    }

    /** The same texts with other targets; see the components. */
    public Batch withTargets(int[] classes, float[] partWeights, float[] numbers) {
        return new Batch(batchSize, seqLength, realCount, inputIds, attentionMask, tokenTypeIds, classes, partWeights, indices, numbers, positions, starts);
    }

    /** The same texts with some tokens replaced, which are to be guessed; see the components. */
    public Batch withGuesses(int[] ids, int[] classes, float[] partWeights, int[] tokens) {
        return new Batch(batchSize, seqLength, realCount, ids, attentionMask, tokenTypeIds, classes, partWeights, indices, values, tokens);
    }

    /** Whether the texts stand one after the other in one row. */
    public boolean isPacked() {
        return starts.length > 0;
    }

    /**
     * This padded batch without its padding: its texts one after the other in a row of {@code tokens}, whose last ones are dead, of weight 0 and without a
     * label where parts are tokens.
     *
     * @param tokens    as many as the texts have, or more
     * @param maxLength the most tokens of a text in any batch of this kind
     * @param padId     id of the dead tokens
     */
    public Batch packed(int tokens, int maxLength, int padId) {
        if (isPacked()) {
            throw new IllegalStateException("this batch is packed already");
        }
        boolean perToken = positions.length == 0 && labels.length == inputIds.length && batchSize != inputIds.length;
        int each = values.length / labels.length;
        int parts = perToken ? tokens : labels.length;
        int[] ids = new int[tokens];
        int[] mask = new int[tokens];
        int[] types = new int[tokens];
        int[] classes = perToken ? new int[parts] : labels;
        float[] partWeights = perToken ? new float[parts] : weights;
        float[] numbers = perToken ? new float[parts * each] : values;
        int[] bounds = new int[batchSize + 1];
        Arrays.fill(ids, padId);
        if (perToken) {
            Arrays.fill(classes, InputChecks.IGNORED);
        }
        int at = 0;
        for (int row = 0; row < realCount; row++) {
            int first = row * seqLength;
            int length = length(row);
            if (length > maxLength || length > tokens - at) {
                throw new IllegalArgumentException("text " + row + " of a batch has " + length + " tokens, more than the " + Math.min(maxLength, tokens - at)
                        + " that are left for it");
            }
            System.arraycopy(inputIds, first, ids, at, length);
            System.arraycopy(tokenTypeIds, first, types, at, length);
            Arrays.fill(mask, at, at + length, 1);
            if (perToken) {
                System.arraycopy(labels, first, classes, at, length);
                System.arraycopy(weights, first, partWeights, at, length);
                System.arraycopy(values, first * each, numbers, at * each, length * each);
            }
            at += length;
            bounds[row + 1] = at;
        }
        Arrays.fill(bounds, realCount + 1, bounds.length, at);
        int[] places = new int[positions.length];
        for (int i = 0; i < places.length; i++) {
            int row = positions[i] / seqLength;
            // Rows without a text have parts that count for nothing.
            places[i] = row < realCount ? bounds[row] + positions[i] % seqLength : 0;
        }
        return new Batch(batchSize, maxLength, realCount, ids, mask, types, classes, partWeights, indices, numbers, places, bounds);
    }

    /** Tokens of a padded batch's row. */
    private int length(int row) {
        int length = 0;
        while (length < seqLength && attentionMask[row * seqLength + length] == 1) {
            length++;
        }
        return length;
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
        for (int i = 0; i < (isPacked() ? attentionMask.length : realCount * seqLength); i++) {
            count += attentionMask[i];
        }
        return count;
    }
}
