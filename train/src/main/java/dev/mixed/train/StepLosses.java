// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.data.Batch;
import java.util.ArrayList;
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
    private final DataParallel ranks;
    /** Steps whose losses have not been read. */
    private final List<Step> unread = new ArrayList<>();
    private int unreadBatches;
    /** The most that any rank has not read: they all read at once. */
    private int unreadAnywhere;
    private long readAt = System.nanoTime();

    /**
     * @param parts weights of the parts of each of its batches, which their losses are means over
     * @param known losses of this rank's batches, if those are read already; else empty
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
    StepLosses(TrainingStep step, DataParallel ranks) {
        this.step = step;
        this.ranks = ranks;
    }

    /** What a batch's loss is the mean over. */
    double weight(Batch batch) {
        return step.weight(batch);
    }

    /** Whether the device can keep the losses of a step of so many batches beside those that wait. */
    boolean haveRoomFor(int batches) {
        return unreadAnywhere + ranks.share(batches, 0) <= TrainingStep.LOSSES_KEPT;
    }

    /**
     * Trains on this rank's part of a step. Unless there is room for its losses, those before must have been read.
     *
     * @param parts weights of the parts of all batches of the step
     */
    void train(long number, StepPart part, double[] parts) {
        if (ranks.share(parts.length, 0) > TrainingStep.LOSSES_KEPT) {
            unread.add(new Step(number, parts, step.run(part)));
        } else {
            step.runAhead(part);
            unread.add(new Step(number, parts, new float[0]));
            unreadBatches += part.batches().size();
            unreadAnywhere += ranks.share(parts.length, 0);
        }
    }

    /** Whether it is so long since the last reading that it costs nothing beside the steps; several ranks, which read together, don't ask the clock. */
    boolean due() {
        return ranks.isSingle() && System.nanoTime() - readAt >= DUE_NANOS;
    }

    /** Reads what waits, in the order of the steps, on all ranks at once; where {@code reader} throws, it is not told of the rest. */
    void read(Reader reader) {
        List<Step> steps = List.copyOf(unread);
        if (steps.isEmpty()) {
            return;
        }
        List<float[]> losses = ranks.allGather(own(steps));
        unread.clear();
        unreadBatches = 0;
        unreadAnywhere = 0;
        readAt = System.nanoTime();
        int[] at = new int[losses.size()];
        for (Step done : steps) {
            float[] all = new float[done.parts.length];
            for (int i = 0; i < all.length; i++) {
                int rank = i % at.length;
                all[i] = losses.get(rank)[at[rank]++];
            }
            reader.read(done.number, all, done.parts);
        }
    }

    /** The losses of this rank's batches. */
    private float[] own(List<Step> steps) {
        float[] waiting = step.lastLosses(unreadBatches);
        List<Float> own = new ArrayList<>();
        int from = 0;
        for (Step done : steps) {
            int count = ranks.share(done.parts.length, ranks.group().rank());
            for (int i = 0; i < count; i++) {
                own.add(done.known.length > 0 ? done.known[i] : waiting[from++]);
            }
        }
        float[] values = new float[own.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = own.get(i);
        }
        return values;
    }
}
