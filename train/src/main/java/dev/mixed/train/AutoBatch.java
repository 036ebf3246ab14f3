// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.BatchOptions;
import dev.mixed.train.run.RunOptions;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;

/**
 * Finds what {@code --batch auto} stands for: the largest batch whose training step fits into the device's memory, by planning steps without running any.
 */
final class AutoBatch {
    /** Batches are multiples of it, as tensor cores divide, where more than so many texts fit. */
    private static final int MULTIPLE = 8;
    /** The share of free memory that is planned for: the rest is for other shapes of batches, evaluation, code and the driver. */
    private static final double SHARE = 0.9;

    private AutoBatch() {
    }

    /**
     * The options with a number in the place of auto; unchanged if they have one.
     *
     * @param task  whose model is on {@code device}
     * @param train the texts to train on, of which a batch has no more than there are
     * @param notes told what was found, as a sentence
     */
    static RunOptions decided(Task<?> task, TokenizedDataset train, RunOptions options, Device device, Consumer<String> notes) {
        return decided(task, train, options, device, notes, DataParallel.single());
    }

    /** {@link #decided(Task, TokenizedDataset, RunOptions, Device, Consumer)} for all ranks: what fits into the smallest memory of theirs. */
    static RunOptions decided(Task<?> task, TokenizedDataset train, RunOptions options, Device device, Consumer<String> notes, DataParallel ranks) {
        if (!options.batches().isAuto()) {
            return options;
        }
        RunModel.checkpointing(task.model(), options);
        RunModel.freeze(task.model(), options.optimizer());
        OptionalLong free = device.freeMemory();
        if (free.isEmpty()) {
            throw new UsageException("--batch auto finds the largest batch that fits into a GPU's memory; on the device " + device.name()
                    + " a larger one is no faster: give a number.");
        }
        long available = (long) (SHARE * free.getAsLong());
        IntToLongFunction bytes = size -> bytes(task, train, options, size, device);
        int most = Math.min(BatchOptions.MOST, Math.ceilDiv(train.size(), MULTIPLE) * MULTIPLE);
        int size = ranks.least(largest(bytes, available, most));
        if (size == 0) {
            throw new UserException("A step with a single text needs " + mebibytes(bytes.applyAsLong(1)) + " MiB, more than the " + mebibytes(available)
                    + " MiB that " + device.hardware() + " has for it; lower --length, choose a smaller model, or add --amp or --gradient-checkpointing.");
        }
        notes.accept("--batch auto: %d texts a batch, for which a step needs %d MiB of the %d MiB that it may take%s.".formatted(size,
                mebibytes(bytes.applyAsLong(size)), mebibytes(available), size == most ? "; there are no more texts, or --batch ends there" : ""));
        return options.with("batch", size);
    }

    private static long mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }

    /**
     * The largest number of texts up to {@code most} whose bytes are available, by doubling and then halving what is left: a multiple of 8, or else 4, 2 or 1;
     * 0 if not even one text fits.
     */
    static int largest(IntToLongFunction bytes, long available, int most) {
        int fits = 0;
        for (int size = 1; size <= most && bytes.applyAsLong(size) <= available; size *= 2) {
            fits = size;
        }
        if (fits < MULTIPLE) {
            return fits;
        }
        // In multiples: low fits, high does not.
        int low = fits / MULTIPLE;
        int high = Math.min(2 * low, most / MULTIPLE + 1);
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (bytes.applyAsLong(middle * MULTIPLE) <= available) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low * MULTIPLE;
    }

    /** What training on the largest batches of so many texts needs; more than any memory where an array can't be as large. */
    static long bytes(Task<?> task, TokenizedDataset train, RunOptions options, int size, Device device) {
        LengthBuckets buckets = LengthBuckets.of(RunModel.pad(task.model(), options, device), options.batches().length(), device);
        BatchShape shape = BatchShape.largest(DataLoader.shuffled(train, size, buckets, options.compute().seed()), size);
        Precision precision = options.compute().precision();
        SGD none = new SGD(ParameterGroup.withoutDecayOnBiasesAndNorms(task.model().namedParameters(), 0f), 0f);
        try {
            DeviceMemory memory = new TrainingStep(task, none, 0f, device, precision, precision.scaler(device)).memory(shape);
            // AdamW has two moments for each weight that it trains, as it has a gradient.
            return memory.total() + 2 * memory.gradients();
        } catch (IllegalArgumentException | ArithmeticException e) {
            // A tensor of the step has more elements than an array.
            return Long.MAX_VALUE;
        }
    }
}
