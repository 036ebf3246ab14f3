// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.GradScaler;
import dev.mixed.io.UserException;
import java.util.function.Function;

/** Counts the losses of steps, and ends a run in which they have become no numbers. */
final class LossWatch {
    /** So many losses in a row that are no numbers end a run in mixed precision: by then the scale is down by a factor of a million. */
    static final int MOST_LOST = 20;

    private final StepLosses losses;
    private final GradScaler scaler;
    private final Function<String, UserException> diverged;
    private int lost;

    /** @param diverged the error that such a run ends with, from how its sentence begins */
    LossWatch(StepLosses losses, GradScaler scaler, Function<String, UserException> diverged) {
        this.losses = losses;
        this.scaler = scaler;
        this.diverged = diverged;
    }

    /** Counts the losses of the steps since the last call. */
    void read(RunState state) {
        losses.read((step, values, texts) -> {
            float none = 0f;
            for (int i = 0; i < values.length; i++) {
                if (Float.isFinite(values[i])) {
                    state.addLoss(values[i], texts[i]);
                } else if (none == 0f) {
                    none = values[i];
                }
            }
            // Else an activation overflowed in half, and the scaler leaves the step out.
            lost = none == 0f ? 0 : lost + 1;
            if (none != 0f && (!scaler.isEnabled() || lost == MOST_LOST)) {
                throw diverged.apply("The loss became " + none + " in step " + step);
            }
        });
    }
}
