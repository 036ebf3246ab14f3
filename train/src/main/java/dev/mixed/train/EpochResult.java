// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import org.jspecify.annotations.Nullable;

/**
 * What scoring came to: at the end of an epoch, or within one.
 *
 * @param epoch     epochs done, with a fraction within an epoch
 * @param step      optimizer steps taken since the start of the run
 * @param trainLoss mean loss over the texts since the model was scored last, dropout on; NaN where each of these steps was left out for a loss that is no
 *                  number
 * @param validation scores on the validation texts
 * @param best      whether all before were worse
 * @param lossScale how the loss is scaled, and what was skipped since the model was scored last; null without mixed precision
 */
public record EpochResult(double epoch, long step, double trainLoss, Evaluation validation, boolean best, @Nullable LossScale lossScale) {
}
