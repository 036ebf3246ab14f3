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
 * What a run trained on, so that its model is not scored on texts that it has learned.
 *
 * @param options of the run, by name; empty for a model without one
 */
record RunData(Map<String, @Nullable Object> options) {

    /** The seed that splits a single file: the run's own, else the one that training takes. */
    long seed() {
        return options.get("seed") instanceof Long seed ? seed : RunOptions.defaults().seed();
    }

    /** Whether the run split this file, or a copy of it; one that is gone is known by its name alone. */
    boolean isTrainedOn(Path file) {
        if (!(options.get("data") instanceof Path trained)) {
            return false;
        }
        if (!Files.exists(trained)) {
            return file.toAbsolutePath().normalize().getFileName().equals(trained.getFileName());
        }
        try {
            return Files.isRegularFile(trained) && Files.mismatch(trained, file) < 0;
        } catch (IOException e) {
            throw new UserException("'" + trained + "', which the model was trained on, could not be compared with '" + file + "' (" + IoReason.of(e)
                    + "); check the permissions of both, or give --split.", e);
        }
    }
}
