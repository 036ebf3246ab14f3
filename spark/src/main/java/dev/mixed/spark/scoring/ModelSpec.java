// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.scoring;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model as executors come by it, and how they ask it.
 *
 * @param name      what messages call it
 * @param folder    its folder where the driver is; executors that have it too read it there
 * @param files     the names of its files, each with that under which Spark hands it out; none in local mode
 * @param classes   in the order of their probabilities
 * @param command   of miXed on the executors; null to find it there
 * @param arguments of {@code predict}
 */
public record ModelSpec(String name, String folder, Map<String, String> files, List<String> classes, @Nullable String command, List<String> arguments)
        implements
            Serializable {
}
