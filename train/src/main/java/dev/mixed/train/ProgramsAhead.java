// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.data.Batch;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Records the programs of all that a run will do before its first step, where the device compiles them together. Others are recorded when they come. */
final class ProgramsAhead {
    /** Batches that are looked at. */
    private static final int MOST = 2000;

    private ProgramsAhead() {
    }

    /**
     * Records steps and scoring.
     *
     * @param batches     of the epoch that is to come
     * @param left        batches that are left of the run
     * @param accumulates whether a step may have several
     */
    static void record(TrainingStep step, Iterator<Batch> batches, long left, boolean accumulates, Evaluator evaluator, Iterator<Batch> validation) {
        step.prepare(distinct(batches, left), accumulates);
        evaluator.prepare(distinct(validation, MOST));
    }

    /** One batch of each shape, of the first so many. */
    private static Collection<Batch> distinct(Iterator<Batch> batches, long first) {
        Map<BatchShape, Batch> shapes = new LinkedHashMap<>();
        for (int i = 0; i < Math.min(first, MOST) && batches.hasNext(); i++) {
            Batch batch = batches.next();
            shapes.putIfAbsent(BatchShape.of(batch), batch);
        }
        return shapes.values();
    }
}
