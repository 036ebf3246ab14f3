// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.SkippedUpdates;
import dev.mixed.io.UserException;
import org.jspecify.annotations.Nullable;

/** The steps of a run that mixed precision left out, because a gradient had overflown. */
final class SkippedSteps {
    private final GradScaler scaler;

    SkippedSteps(GradScaler scaler) {
        this.scaler = scaler;
    }

    /** How the loss is scaled and what was skipped in the last {@code steps} steps; null where it is not scaled. */
    @Nullable
    LossScale lossScale(int steps) {
        if (!scaler.isEnabled()) {
            return null;
        }
        SkippedUpdates skipped = scaler.skippedUpdates();
        return new LossScale(scaler.getScale(), skipped.skips(), skipped.after(skipped.updates() - steps));
    }

    /** A {@link UserException} where the latest {@code count} steps were all left out: the scale has fallen so far by then that no further step will help. */
    void requireHope(int count) {
        LossScale last = lossScale(count);
        if (last != null && last.skipped().size() >= count) {
            throw untrained("The last " + count + " steps were", last, "cannot learn");
        }
    }

    /**
     * A {@link UserException} where a run has ended that trained nothing, or nearly nothing in the end: all of its steps were left out, or more than
     * half of its last epoch's.
     *
     * @param steps of the run
     * @param epoch steps of an epoch
     */
    void requireTrained(long steps, int epoch) {
        // The numbers of the latest skips alone are known.
        int window = Math.min(epoch, GradScaler.SKIPS_KEPT);
        LossScale last = lossScale(window);
        if (last == null || last.skips() < steps && 2 * last.skipped().size() <= window) {
            return;
        }
        if (last.skips() >= steps) {
            throw untrained(steps == 1 ? "The only step of the run was" : "All " + steps + " steps of the run were", last, "is as untrained as it began");
        }
        throw untrained(last.skipped().size() + " of the last " + window + " steps were", last, "did not learn from them");
    }

    private static UserException untrained(String what, LossScale last, String model) {
        return new UserException(what + " skipped for an overflow in half (the loss scale is now " + last.text() + "), so the model " + model
                + "; start a new run with --fp32 or a lower --lr.");
    }
}
