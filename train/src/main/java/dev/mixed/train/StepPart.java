// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.data.Batch;
import java.util.List;

/**
 * What one rank computes of a step.
 *
 * @param batches   that are this rank's; perhaps none, at the end of an epoch
 * @param weight    of all batches of the step, on all ranks, of which each counts by its share
 * @param ofSeveral whether the step has several batches
 * @param example   one of its batches, this rank's or another's
 */
record StepPart(List<Batch> batches, double weight, boolean ofSeveral, Batch example) {

    /** A step that is one rank's alone. */
    static StepPart whole(List<Batch> batches, Task<?> task) {
        if (batches.isEmpty()) {
            throw new IllegalArgumentException("a step needs at least one batch");
        }
        return new StepPart(batches, batches.stream().mapToDouble(task::weight).sum(), batches.size() > 1, batches.getFirst());
    }
}
