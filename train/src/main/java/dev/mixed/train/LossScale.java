// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import java.util.List;

/**
 * What a run's log says about loss scaling.
 *
 * @param scale   the loss is multiplied by this now
 * @param skips   steps of the run so far that were left out because a gradient had overflown
 * @param skipped numbers of those of them that came since the log's last entry
 */
public record LossScale(float scale, int skips, List<Integer> skipped) {
}
