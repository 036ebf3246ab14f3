// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The losses of a run's steps, many of which are read from the device at once: after each step, the host would wait for the device, and the device for the
 * host.
 */
final class StepLosses {
    /** Who watches a run sees no difference below. */
    private static final long DUE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final TrainingStep step;
    /** Steps whose losses have not been read. */
    private final List<Step> unread = new ArrayList<>();
    private int unreadBatches;
    private long readAt = System.nanoTime();

    /**
     * @param parts weights of the parts of each of its batches, which their losses are means over
     * @param known their losses, if those are read already; else empty
     */
    private record Step(long number, double[] parts, float[] known) {
    }

    /** Told of each step's losses. */
    @FunctionalInterface
    interface Reader {
        /**
         * @param step   number of the step, 1 for a run's first
         * @param losses mean loss of each of its batches
         * @param parts  weights of the parts of each, which these are means over: the number of texts, for example
         */
        void read(long step, float[] losses, double[] parts);
    }

    /** @param step does the training */
    StepLosses(TrainingStep step) {
        this.step = step;
    }

    /** Whether the device can keep the losses of these batches beside those that wait. */
    boolean haveRoomFor(List<Batch> batches) {
        return unreadBatches + batches.size() <= TrainingStep.LOSSES_KEPT;
    }

    /** Trains on batches. Unless there is room for their losses, those before must have been read. */
    void train(long number, List<Batch> batches) {
        double[] parts = batches.stream().mapToDouble(step::weight).toArray();
        if (batches.size() > TrainingStep.LOSSES_KEPT) {
            unread.add(new Step(number, parts, step.run(batches)));
        } else {
            step.runAhead(batches);
            unread.add(new Step(number, parts, new float[0]));
            unreadBatches += batches.size();
        }
    }

    /** Whether it is so long since the last reading that it costs nothing beside the steps. */
    boolean due() {
        return System.nanoTime() - readAt >= DUE_NANOS;
    }

    /** Reads what waits, in the order of the steps; where {@code reader} throws, it is not told of the rest. */
    void read(Reader reader) {
        float[] losses = step.lastLosses(unreadBatches);
        List<Step> steps = List.copyOf(unread);
        unread.clear();
        unreadBatches = 0;
        readAt = System.nanoTime();
        int from = 0;
        for (Step done : steps) {
            if (done.known.length > 0) {
                reader.read(done.number, done.known, done.parts);
            } else {
                int to = from + done.parts.length;
                reader.read(done.number, Arrays.copyOfRange(losses, from, to), done.parts);
                from = to;
            }
        }
    }
}
