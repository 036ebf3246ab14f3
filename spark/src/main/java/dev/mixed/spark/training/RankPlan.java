// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the ranks of a training run.
 *
 * @param command   of miXed on the executors; null to find it there
 * @param arguments of {@code train} for a run that starts, but for its output folder
 * @param device    auto, gpu or jvm
 * @param folder    of the training
 * @param resume    whether the first attempt goes on with a run already
 */
record RankPlan(@Nullable String command, List<String> arguments, String device, TrainingFolder folder, boolean resume) implements Serializable {
}
