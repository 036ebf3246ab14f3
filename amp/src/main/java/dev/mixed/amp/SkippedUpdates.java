// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import java.util.ArrayList;
import java.util.List;

/**
 * How often a scaler was updated, and after which updates a step had been left out because a gradient had overflown.
 *
 * @param updates number of updates
 * @param skips   number of those with an overflow
 * @param latest  numbers, from 1 on, of the latest updates with an overflow, in rising order
 */
public record SkippedUpdates(int updates, int skips, List<Integer> latest) {
    public SkippedUpdates {
        latest = List.copyOf(latest);
    }

    /** From the layout that {@code LossScaling.update} writes. */
    static SkippedUpdates of(int[] history) {
        int kept = history.length - 2;
        int skips = history[1];
        List<Integer> latest = new ArrayList<>();
        for (int s = Math.max(0, skips - kept); s < skips; s++) {
            int update = history[2 + s % kept];
            if (update > 0) {
                latest.add(update);
            }
        }
        return new SkippedUpdates(history[0], skips, latest);
    }

    /** That layout again, with the numbers that are known. */
    int[] toHistory(int length) {
        int[] history = new int[length];
        history[0] = updates;
        history[1] = skips;
        int kept = length - 2;
        int known = Math.min(latest.size(), kept);
        for (int i = 0; i < known; i++) {
            int s = skips - known + i;
            history[2 + s % kept] = latest.get(latest.size() - known + i);
        }
        return history;
    }

    /** The numbers of those with an overflow that came after the first {@code updates} updates. */
    public List<Integer> after(int updates) {
        return latest.stream().filter(u -> u > updates).toList();
    }
}
