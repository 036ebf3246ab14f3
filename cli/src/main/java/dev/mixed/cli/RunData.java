// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the options of a run say of its data, where the model's folder has no {@link dev.mixed.train.data.TrainingData}.
 *
 * @param options of the run, by name; empty for a model without one
 */
record RunData(Map<String, @Nullable Object> options) {

    /** The seed that splits a single file: the run's own, else the one that training takes. */
    long seed() {
        return options.get("seed") instanceof Long seed ? seed : RunOptions.defaults().compute().seed();
    }

    /** Whether the run was given its splits by this folder, or by the bundled reviews for null. */
    boolean isOfFolder(@Nullable Path folder) {
        if (options.isEmpty()) {
            return false;
        }
        return options.get("data") instanceof Path trained ? folder != null && trained.equals(folder.toAbsolutePath().normalize()) : folder == null;
    }

    /** Whether the run split this very file, or a copy of it; of one that is gone or was changed since, that can't be told. */
    boolean isTrainedOn(Path file) {
        if (!(options.get("data") instanceof Path trained) || !Files.exists(trained)) {
            return false;
        }
        try {
            return Files.isRegularFile(trained) && Files.isRegularFile(file) && Files.mismatch(trained, file) < 0;
        } catch (IOException e) {
            throw new UserException("'" + trained + "', which the model was trained on, could not be compared with '" + file + "' (" + IoReason.of(e)
                    + "); check the permissions of both, or give --split.", e);
        }
    }
}
