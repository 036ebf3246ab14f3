// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the ranks of a training run.
 *
 * @param command   of miXed on the executors; null to find it there
 * @param arguments of {@code train}, but for its output folder
 * @param folder    of the training
 * @param resume    whether the first attempt goes on with a run already
 */
record RankPlan(@Nullable String command, List<String> arguments, TrainingFolder folder, boolean resume) implements Serializable {
}
