// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.data.Batch;
import dev.mixed.train.data.BatchIterator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The batches of one step, dealt out to the ranks.
 *
 * @param part   this rank's
 * @param agreed what all ranks know of the step
 */
record DealtStep(StepPart part, DataParallel.Agreement agreed) {
    /**
     * Takes the next step's batches; none where the ranks agree to stop before it.
     *
     * @param most batches of a step
     * @param left batches of the epoch
     * @param stop whether this rank was asked to stop
     */
    static Optional<DealtStep> next(BatchIterator batches, int most, int left, DataParallel ranks, StepLosses losses, BooleanSupplier stop) {
        List<Batch> mine = new ArrayList<>();
        Batch example = null;
        int count = 0;
        while (batches.hasNext() && count < most) {
            if (ranks.owns(count)) {
                mine.add(batches.next());
            } else {
                // One that has no batch, at the end of an epoch, needs the shape of one.
                example = count == 0 && left <= ranks.group().rank() ? batches.peek() : example;
                batches.skip();
            }
            count++;
        }
        DataParallel.Agreement agreed = ranks.agree(count, mine.stream().mapToDouble(losses::weight).toArray(),
                mine.stream().mapToInt(Batch::realCount).sum(), stop);
        if (agreed.stop()) {
            return Optional.empty();
        }
        Batch first = mine.isEmpty() ? Objects.requireNonNull(example) : mine.getFirst();
        return Optional.of(new DealtStep(new StepPart(mine, Arrays.stream(agreed.weights()).sum(), count > 1, first), agreed));
    }

    /** Batches of all ranks. */
    int count() {
        return agreed.weights().length;
    }
}
