// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

/** Makes a batch of some texts of a data set. */
@FunctionalInterface
public interface Batcher {
    /**
     * Pads texts to {@code [batchSize, seqLength]}.
     *
     * @param indices of the texts, at most {@code batchSize}
     * @param epoch   0 for the first: the same batch of the same epoch is always the same, whatever was made before
     */
    Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch);
}
