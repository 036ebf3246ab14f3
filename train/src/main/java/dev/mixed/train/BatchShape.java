// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.io.UsageException;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.DataLoader;

/**
 * The shape of a batch, by which recorded steps are found again.
 *
 * @param batch  number of rows, or the most texts of a packed batch
 * @param seq    tokens a row, padding included, or the most tokens of a text of a packed batch
 * @param packed tokens of the one row of a packed batch, 0 for a padded one
 */
public record BatchShape(int batch, int seq, int packed) {
    /** The shape of a padded batch. */
    public BatchShape(int batch, int seq) {
        this(batch, seq, 0);
    }

    static BatchShape of(Batch batch) {
        return new BatchShape(batch.batchSize(), batch.seqLength(), batch.isPacked() ? batch.inputIds().length : 0);
    }

    /** The shape of the largest batches of so many texts that a loader can give. */
    static BatchShape largest(DataLoader loader, int batch) {
        return loader.packedLength() == 0 ? new BatchShape(batch, loader.mostTokens()) : new BatchShape(batch, loader.packedLength(), loader.mostTokens());
    }

    /** Input tensors of this shape. */
    BertInputs inputs(Device device) {
        return packed > 0 ? BertInputs.createPacked(device, batch, packed, seq) : BertInputs.create(device, batch, seq);
    }

    /** A tensor for the targets of a batch of this shape. */
    Tensor targets(Task<?> task, Device device) {
        if (packed == 0) {
            return task.targets(device, batch, seq);
        }
        // To a task with a target for each token, a packed batch is one row of them; to others, it is so many texts.
        Tensor ofRow = task.targets(device, 1, packed);
        return ofRow.shape().dim(0) == packed ? ofRow : task.targets(device, batch, seq);
    }

    /** Writes a batch of this shape. */
    static void write(Batch batch, BertInputs to) {
        if (batch.isPacked()) {
            to.writePacked(batch.inputIds(), batch.tokenTypeIds(), batch.starts());
        } else {
            to.write(batch.inputIds(), batch.attentionMask(), batch.tokenTypeIds());
        }
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
