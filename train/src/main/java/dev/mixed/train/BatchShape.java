// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.UsageException;
import dev.mixed.train.data.Batch;

/**
 * The shape of a batch, by which recorded steps are found again.
 *
 * @param batch number of rows
 * @param seq   tokens a row, padding included
 */
public record BatchShape(int batch, int seq) {
    static BatchShape of(Batch batch) {
        return new BatchShape(batch.batchSize(), batch.seqLength());
    }

    /** Checks a user's batch and length: every activation of the model has to fit in one array. */
    public static void require(BertConfig config, int batch, int length) {
        long tokens = (long) batch * length;
        long scores = tokens * length * config.numAttentionHeads();
        long widest = tokens * Math.max(config.hiddenSize(), config.intermediateSize());
        if (Math.max(scores, widest) > Integer.MAX_VALUE) {
            throw new UsageException("--batch " + batch + " with --length " + length + " makes a tensor of " + Math.max(scores, widest)
                    + " elements, more than the " + Integer.MAX_VALUE + " of one array; lower one of them.");
        }
    }
}
