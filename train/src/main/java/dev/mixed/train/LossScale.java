// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.List;
import java.util.Locale;

/**
 * What a run's log says about loss scaling.
 *
 * @param scale   the loss is multiplied by this now
 * @param skips   steps of the run so far that were left out because a gradient had overflown
 * @param skipped numbers of those of them that came since the log's last entry
 */
public record LossScale(float scale, int skips, List<Integer> skipped) {
    /** The scale for people: a small one has its digits, and does not read as 0. */
    public String text() {
        return scale == Math.rint(scale) ? String.format(Locale.ROOT, "%.0f", scale) : String.format(Locale.ROOT, scale < 0.001 ? "%.1e" : "%s", scale);
    }
}
