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
     * @param texts texts of each of its batches
     * @param known their losses, if those are read already; else empty
     */
    private record Step(long number, int[] texts, float[] known) {
    }

    /** Told of each step's losses. */
    @FunctionalInterface
    interface Reader {
        /**
         * @param step   number of the step, 1 for a run's first
         * @param losses mean loss of each of its batches
         * @param texts  texts of each
         */
        void read(long step, float[] losses, int[] texts);
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
        int[] texts = batches.stream().mapToInt(Batch::realCount).toArray();
        if (batches.size() > TrainingStep.LOSSES_KEPT) {
            unread.add(new Step(number, texts, step.run(batches)));
        } else {
            step.runAhead(batches);
            unread.add(new Step(number, texts, new float[0]));
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
                reader.read(done.number, done.known, done.texts);
            } else {
                int to = from + done.texts.length;
                reader.read(done.number, Arrays.copyOfRange(losses, from, to), done.texts);
                from = to;
            }
        }
    }
}
