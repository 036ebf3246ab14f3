// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import org.jspecify.annotations.Nullable;

/**
 * One finished epoch.
 *
 * @param epoch     1 for the first
 * @param step      optimizer steps taken since the start of the run
 * @param trainLoss mean loss over the epoch's texts, dropout on; NaN where each of its steps was left out for a loss that is no number
 * @param validation scores on the validation texts
 * @param best      whether every earlier epoch has a lower macro-F1 on them
 * @param lossScale how the loss is scaled, and what was skipped in the epoch; null without mixed precision
 */
public record EpochResult(int epoch, long step, double trainLoss, Evaluation validation, boolean best, @Nullable LossScale lossScale) {
}
