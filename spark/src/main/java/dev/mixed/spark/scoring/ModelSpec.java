// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.scoring;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * A model as executors come by it, and how they ask it.
 *
 * @param id        by which executors know it
 * @param folder    its folder where the driver is
 * @param files     the names of its files, each with its content in parts; none in local mode, where executors read the folder
 * @param classes   in the order of their probabilities
 * @param command   of miXed on the executors; null to find it there
 * @param arguments of {@code predict}
 */
public record ModelSpec(String id, String folder, Map<String, List<Broadcast<byte[]>>> files, List<String> classes, @Nullable String command,
        List<String> arguments) implements Serializable {
}
