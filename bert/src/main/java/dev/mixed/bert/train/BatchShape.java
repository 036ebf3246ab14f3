package dev.mixed.bert.train;

import dev.mixed.bert.data.Batch;

/**
 * The shape of a batch, by which recorded steps are found again.
 *
 * @param batch number of rows
 * @param seq   tokens a row, padding included
 */
record BatchShape(int batch, int seq) {
    static BatchShape of(Batch batch) {
        return new BatchShape(batch.batchSize(), batch.seqLength());
    }
}
